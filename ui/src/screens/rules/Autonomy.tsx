import { Autocomplete, Button, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { LevelSet, Proposal } from '@/api/rulesTypes';
import { words } from '@/lib/format';
import { holds } from '@/lib/grants';
import { useNames } from '@/lib/names';
import { Time } from '@/parts/Bits';
import { Panel } from '@/parts/Page';
import { Empty, Failure, Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import css from './rules.module.css';

const PROPOSERS = ['admin', 'ai_lead', 'knowledge_manager', 'designer', 'integrator'];
const RELEASE = 'release';
const LEVELS = [
  { value: 'observe', label: 'Observe: people act' },
  { value: 'suggest', label: 'Suggest: a person does it' },
  { value: 'act_with_approval', label: 'Act with approval' },
  { value: 'act', label: 'Act' },
  { value: RELEASE, label: 'As the release says' },
];
const of = (name: string) => (name === '*' ? 'all' : words(name));

/** How far AI may go, over what the release says: earned by evidence and approved by somebody else, or taken back by itself. */
export function Autonomy({ client }: { client: string }) {
  const read = useQuery(q.autonomy(client));
  const { data: session } = useQuery(q.session);
  return (
    <Panel title="Autonomy" side={<span className={css.side}>set over what the release says</span>}>
      <Show of={read} rows={2}>
        {(page) => page.items.length === 0 ? <Empty title="Nothing is set: what the release says holds" /> : <Table items={page.items} />}
      </Show>
      {holds(session, PROPOSERS, client) && <Propose client={client} />}
    </Panel>
  );
}

function Table({ items }: { items: LevelSet[] }) {
  const names = useNames();
  return (
    <div className={css.scroll} tabIndex={0} role="region" aria-label="Levels">
      <table className={parts.table}>
        <thead><tr><th scope="col">Intent</th><th scope="col">Action</th><th scope="col">Level</th><th scope="col">Why</th><th scope="col">Set</th></tr></thead>
        <tbody>
          {items.map((one) => (
            <tr key={`${one.intent}/${one.action}`}>
              <td>{of(one.intent)}</td>
              <td>{of(one.action)}</td>
              <td>{words(one.level)}</td>
              <td>{one.reason}</td>
              <td>{names.member(one.set_by.replace(/^(system:changes:|system:|member:)/, ''))}, <Time ms={one.set_ms} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Another level is a change like any other: with its evidence, and somebody else's yes. */
function Propose({ client }: { client: string }) {
  const [intent, setIntent] = useState('*');
  const [action, setAction] = useState('*');
  const [level, setLevel] = useState('act_with_approval');
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const navigate = useNavigate();
  // Whoever may not stop AI is not told the names; they are typed then, and checked.
  const known = useQuery({ ...q.stopTargets(client), retry: false });
  const propose = useMutation({
    mutationFn: () => {
      const title = `${of(action)}, ${of(intent)}: ${level === RELEASE ? 'as the release says' : words(level)}`;
      return http.post<Proposal>(`/clients/${seg(client)}/proposals`, { title, reason, autonomy: { intent: intent.trim(), action: action.trim(), level: level === RELEASE ? null : level } });
    },
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['proposals', client] });
      await navigate({ to: '/changes', search: { client, proposal: made.id } as never });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    propose.mutate();
  };
  return (
    <form className={css.dmn} onSubmit={submit} aria-label="Another level">
      <Autocomplete size="xs" label="Intent" description="* is all of them" data={['*', ...(known.data?.intent ?? [])]} required value={intent} onChange={setIntent} />
      <Autocomplete size="xs" label="Action" description="* is all of them" data={['*', ...(known.data?.action ?? [])]} required value={action} onChange={setAction} />
      <Select size="xs" label="Level" description="Up takes evidence" data={LEVELS} value={level} onChange={(next) => setLevel(next ?? RELEASE)} allowDeselect={false} />
      <TextInput size="xs" label="Reason" description="Who approves reads this" required value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      <Button type="submit" size="xs" loading={propose.isPending} disabled={!intent.trim() || !action.trim() || !reason.trim()}>Propose</Button>
      {propose.error && <Failure error={propose.error} />}
    </form>
  );
}
