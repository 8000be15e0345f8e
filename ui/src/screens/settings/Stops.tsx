import { Alert, Button, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { IconHandStop, IconPlayerPlay, IconUsers } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import { http, Problem } from '@/api/http';
import * as q from '@/api/queries';
import type { Stop } from '@/api/types';
import { count, words } from '@/lib/format';
import { useNames } from '@/lib/names';
import { tellDone, tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { Time } from '@/parts/Bits';
import { Panel } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import { Drills } from './Drills';
import { Effect } from './StopEffect';
import css from './settings.module.css';

const SCOPES = [{ value: 'client', label: 'Everything of a client' }, { value: 'agent', label: 'One AI agent' }, { value: 'intent', label: 'One intent' }, { value: 'action', label: 'One action' }, { value: 'all', label: 'Everything, all clients' }];
const WHOLE = ['client', 'all'];

/** One switch returns any scope to people. */
export function Stops() {
  const read = useQuery({ ...q.stops, retry: false });
  return (
    <div className={css.grid}>
      <Panel title="Engaged now">
        <Show of={read} rows={2}>
          {(page) => page.items.length === 0 ? <Empty title="Nothing is stopped" icon={<IconPlayerPlay size={24} aria-hidden />}>AI agents work where they are allowed to.</Empty> : <ul>{page.items.map((stop) => <Row key={`${stop.client}/${stop.scope}/${stop.target}`} stop={stop} />)}</ul>}
        </Show>
      </Panel>
      <Engage />
      <Panel title="Drills, every month">
        <Show of={read} rows={2}>{(page) => <Drills drills={page.drills} />}</Show>
      </Panel>
    </div>
  );
}

function Row({ stop }: { stop: Stop }) {
  const clients = useClients();
  const names = useNames();
  const queries = useQueryClient();
  const release = useMutation({
    mutationFn: () => http.delete('/stop-switch', { client: stop.client, scope: stop.scope, target: stop.target }),
    onSuccess: () => { tellDone('Released: what nobody has taken goes back to the AI'); refresh(queries); },
    onError: tellFailure,
  });
  return (
    <li className={css.stop}>
      <IconHandStop size={18} color="var(--bt-bad)" aria-hidden />
      <div>
        <strong>{WHOLE.includes(stop.scope) ? words(stop.scope) : `${words(stop.scope)} ${words(stop.target)}`}</strong> · {clients.name(stop.client)}
        <Progress stop={stop} />
        <div className={css.faint}>{stop.reason}{stop.engaged_by ? `, by ${names.member(stop.engaged_by)}` : ''}{stop.engaged_ms ? <>, <Time ms={stop.engaged_ms} /></> : null}</div>
      </div>
      <Button size="xs" variant="default" loading={release.isPending} onClick={() => release.mutate()}>Release</Button>
    </li>
  );
}

function refresh(queries: ReturnType<typeof useQueryClient>) {
  for (const key of ['stops', 'floor', 'work', 'queues', 'cases']) void queries.invalidateQueries({ queryKey: [key] });
}

/** How far a stop has come; every number is of cases. */
function Progress({ stop }: { stop: Stop }) {
  const so = stop.progress;
  if (!so || so.held + so.left === 0) return null;
  return (
    <div className="num" role="status">
      {count(so.held)} cases with people{so.waiting > 0 ? `, ${count(so.waiting)} of them wait, and go back to the AI when it is released; what somebody has stays theirs` : ''}{so.told > 0 ? `, ${count(so.told)} customers told` : ''}{so.left > 0 ? `, ${count(so.left)} on their way` : ''}
    </div>
  );
}

function Engage() {
  const clients = useClients();
  const queries = useQueryClient();
  // What is asked for may stand in the address: the floor leads here with an agent.
  const asked = useSearch({ strict: false }) as { client?: string; scope?: string; target?: string };
  const [scope, setScope] = useState(SCOPES.some((one) => one.value === asked.scope) ? (asked.scope as string) : 'client');
  const [client, setClient] = useState<string | null>(asked.client ?? null);
  const [target, setTarget] = useState(asked.target ?? '');
  const [reason, setReason] = useState('');
  const of = client ?? clients.list[0]?.id ?? '';
  const whole = WHOLE.includes(scope);
  const targets = useQuery({ ...q.stopTargets(of), enabled: !whole && of !== '' });
  const names = scope === 'agent' || scope === 'intent' || scope === 'action' ? (targets.data?.[scope] ?? []) : [];
  const ready = whole || target !== '';
  const effect = useQuery({ ...q.stopPreview({ client: scope === 'all' ? undefined : of, scope, target: whole ? undefined : target }), enabled: ready && (scope === 'all' || of !== '') });
  // Policies say who may press what; before it is known what is meant, nobody is refused.
  const refused = effect.error instanceof Problem && effect.error.status === 403;
  const engage = useMutation({
    mutationFn: () => http.post('/stop-switch', { client: scope === 'all' ? 'house' : of, scope, target: whole ? '*' : target, reason: reason.trim() }),
    onSuccess: () => { setReason(''); tellDone('Stopped: that work goes to people now'); refresh(queries); },
    onError: tellFailure,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    engage.mutate();
  };
  return (
    <Panel title="Stop">
      <form className={css.form} onSubmit={submit}>
        <Select label="What" data={SCOPES} value={scope} onChange={(next) => { setScope(next ?? 'client'); setTarget(''); }} allowDeselect={false} />
        {scope !== 'all' && <Select label="Client" data={clients.options} value={of} onChange={(next) => { setClient(next); setTarget(''); }} allowDeselect={false} />}
        {!whole && <Select label={`Which ${scope}`} required searchable data={names.map((value) => ({ value, label: words(value) }))} value={target || null} onChange={(next) => setTarget(next ?? '')} nothingFoundMessage="None" />}
        <div className={css.wide} aria-live="polite">
          {effect.data && <Effect effect={effect.data} />}
          {effect.error && <Alert color="brick" icon={<IconUsers size={18} aria-hidden />} title={refused ? 'You may not stop this' : 'What it would do cannot be told'}>{effect.error.message}</Alert>}
        </div>
        <TextInput className={css.wide} label="Reason" description="Goes into the ledger, and to everyone whose work it changes" required value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <Button type="submit" color="brick" disabled={refused} loading={engage.isPending} leftSection={<IconHandStop size={16} aria-hidden />}>Stop it</Button>
      </form>
    </Panel>
  );
}
