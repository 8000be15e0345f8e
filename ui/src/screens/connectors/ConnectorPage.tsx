import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { Connector, ConnectorAction, Tested } from '@/api/connectorTypes';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import { count } from '@/lib/format';
import { holds } from '@/lib/grants';
import { tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { Time } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { Page, Panel } from '@/parts/Page';
import parts from '@/parts/parts.module.css';
import { Empty, Show } from '@/parts/States';
import { Failed } from './Failed';
import { answered, HealthTag, times, toDo } from './health';
import { TryIt } from './TryIt';
import css from './connectors.module.css';

/** Who may see the calls themselves, besides how a system stands. */
const READS_EFFECTS = ['ai_lead', 'supervisor', 'integrator', 'qa_analyst', 'auditor'];

/** One connected system: how it stands, what can be called, who calls it. */
export function ConnectorPage() {
  const { client, name } = useParams({ strict: false }) as { client: string; name: string };
  const read = useQuery(q.connector(client, name));
  const clients = useClients();
  const session = useQuery(q.session);
  return (
    <Page title={read.data?.title ?? name} sub={clients.name(client)} tools={read.data && <Tools client={client} of={read.data} />}>
      <Show of={read} rows={10}>
        {(data) => (
          <div className={css.screen}>
            <Facts of={data} />
            {holds(session.data, ['integrator'], client) && <TryIt client={client} of={data} />}
            {holds(session.data, READS_EFFECTS, client) && <Failed client={client} of={data} />}
            <Actions rows={data.items} />
          </div>
        )}
      </Show>
    </Page>
  );
}

function Tools({ client, of }: { client: string; of: Connector }) {
  const queries = useQueryClient();
  const path = `/clients/${seg(client)}/connectors/${seg(of.name)}`;
  const test = useMutation({
    mutationFn: () => http.post<Tested>(`${path}/test`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['connectors'] }),
    onError: tellFailure,
  });
  const signIn = useMutation({
    mutationFn: () => http.post<{ url: string }>(`${path}/sign-in`, { origin: window.location.origin }),
    onSuccess: ({ url }) => window.open(url, '_blank', 'noopener'),
    onError: tellFailure,
  });
  return (
    <div className={css.bar}>
      <span aria-live="polite" className={css.faint}>{test.data && told(test.data)}</span>
      {of.sign_in && <Button size="xs" variant="default" loading={signIn.isPending} onClick={() => signIn.mutate()}>Sign in</Button>}
      <Button size="xs" loading={test.isPending} onClick={() => test.mutate()}>Test</Button>
    </div>
  );
}

function told(tested: Tested): string {
  const failed = tested.tests.filter((one) => !one.passed && !one.why.startsWith('left out'));
  const passed = tested.tests.filter((one) => one.passed).length;
  const bad = [...failed.map((one) => `${one.action}: ${one.why}`), ...tested.drift.map((one) => `${one.action}: ${one.why}`)];
  const compared = typeof tested.not_compared === 'string' ? ` Not compared: ${tested.not_compared}.` : '';
  return (bad.length ? bad.join('; ') : `${passed} tests passed, nothing has changed.`) + compared;
}

function Facts({ of }: { of: Connector }) {
  return (
    <Panel title="How it stands" side={<HealthTag health={of.health} />}>
      {toDo(of) && <p className={css.note}>{toDo(of)}</p>}
      <dl className={css.facts}>
        <div><dt>Kind</dt><dd>{of.kind}</dd></div>
        <div><dt>Place</dt><dd className="num">{of.place}</dd></div>
        <div><dt>Owner</dt><dd>{of.owner ?? 'Nobody is named'}</dd></div>
        <div><dt>Calls, last day</dt><dd className="num">{count(of.day.calls)}</dd></div>
        <div><dt>Answered</dt><dd className="num">{answered(of)}</dd></div>
        <div><dt>Time</dt><dd className="num">{times(of) ?? '—'}</dd></div>
        <div><dt>Breaker</dt><dd>{of.breaker.state.replace('_', ' ')}</dd></div>
        <div><dt>Last used</dt><dd>{of.last_used_ms ? <Time ms={of.last_used_ms} ago /> : 'Never'}</dd></div>
        {of.sign_in?.until_ms && <div><dt>Signed in until</dt><dd><Time ms={of.sign_in.until_ms} /></dd></div>}
      </dl>
    </Panel>
  );
}

function Actions({ rows }: { rows: ConnectorAction[] }) {
  if (rows.length === 0) return <Empty title="No actions" />;
  return (
    <div className={parts.tableWrap} tabIndex={0} role="region" aria-label="Actions">
      <table className={`${parts.table} ${css.table}`}>
        <thead>
          <tr><th scope="col">Action</th><th scope="col">Does</th><th scope="col">Risk</th><th scope="col">Calls, last day</th><th scope="col">Last used</th><th scope="col">Used by</th></tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.name}>
              <td className={css.name}>
                <span>{row.title}</span>
                <span className={css.faint}>{row.name}</span>
                {row.drift && <span className={css.note}>Quarantined: {row.drift.why}</span>}
              </td>
              <td className={css.wide}><code>{row.does}</code></td>
              <td><Tag tone={row.risk === 'high' ? 'bad' : row.risk === 'medium' ? 'warn' : 'calm'}>{`${row.risk}, ${row.writes ? 'writes' : 'reads'}`}</Tag></td>
              <td className="num">{row.day?.calls ?? 0}</td>
              <td>{row.last_used_ms ? <Time ms={row.last_used_ms} ago /> : 'Never'}</td>
              <td className={css.wide}>{row.users.map((user) => `${user.actor} (${user.calls})`).join(', ') || '—'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
