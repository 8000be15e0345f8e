import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconPlus } from '@tabler/icons-react';
import type { ConnectorRow, Inventory } from '@/api/connectorTypes';
import * as q from '@/api/queries';
import { count } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Filters, Pick, Time } from '@/parts/Bits';
import { Page, Panel } from '@/parts/Page';
import parts from '@/parts/parts.module.css';
import { Empty, Show } from '@/parts/States';
import { answered, hasTimes, HealthTag, times, toDo } from './health';
import css from './connectors.module.css';

/** Every connection of every client: how it stands, who uses it, and places that several clients share. */
export function Connectors() {
  const { client } = useSearch({ strict: false }) as { client?: string };
  const navigate = useNavigate();
  const clients = useClients();
  const read = useQuery(q.connectors);
  return (
    <Page
      title="Connectors"
      sub="Connected systems, how they stand over the last day, and who uses them"
      tools={
        <Filters>
          <Pick label="Client" value={client} onPick={(next) => void navigate({ to: '/connectors', search: { client: next }, replace: true })} options={clients.options} all="All clients" />
          <Button size="xs" leftSection={<IconPlus size={15} aria-hidden />} renderRoot={(props) => <Link to="/connectors/import" search={{ client }} {...props} />}>Import</Button>
        </Filters>
      }
    >
      <Show of={read} rows={10}>
        {(data) => {
          const rows = data.items.filter((row) => !client || row.client === client);
          if (rows.length === 0 && client && data.items.length > 0) return <Empty title="This client has no connected systems" onAll={() => void navigate({ to: '/connectors', search: {}, replace: true })} />;
          if (rows.length === 0) return <Empty title="No connected systems">Import a system’s description, put the files into a blueprint and deploy it.</Empty>;
          return <div className={css.screen}><Rows rows={rows} /><Shared shared={data.shared} /></div>;
        }}
      </Show>
    </Page>
  );
}

function Rows({ rows }: { rows: ConnectorRow[] }) {
  const clients = useClients();
  return (
    <div className={parts.tableWrap} tabIndex={0} role="region" aria-label="Connectors">
      <table className={`${parts.table} ${css.table}`}>
        <thead>
          <tr>
            <th scope="col">System</th><th scope="col">Health</th><th scope="col">Calls, last day</th><th scope="col">Answered</th><th scope="col">Time (p50 / p95)</th><th scope="col">Last used</th><th scope="col">Used by</th><th scope="col">To do</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.client}/${row.name}`}>
              <td className={css.name}>
                <Link to="/connectors/$client/$name" params={{ client: row.client ?? '', name: row.name }} search={{}}>{row.title}</Link>
                <span className={css.faint}>{clients.name(row.client ?? '')} · {row.kind} · {row.place}{row.owner && ` · ${row.owner}`}</span>
              </td>
              <td><HealthTag health={row.health} /></td>
              <td className="num">{count(row.day.calls)}</td>
              <td className="num">{answered(row)}</td>
              <td className="num" title={times(row)}>{hasTimes(row) ? `${count(row.day.p50_ms)} / ${count(row.day.p95_ms)} ms` : '—'}</td>
              <td>{row.last_used_ms ? <Time ms={row.last_used_ms} ago /> : 'Never'}</td>
              <td className="num" title={row.users?.join(', ')}>{row.users?.length ?? 0}</td>
              <td className={`${css.wide} ${css.note}`}>{toDo(row) || '—'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Shared({ shared }: { shared: Inventory['shared'] }) {
  const clients = useClients();
  if (shared.length === 0) return null;
  return (
    <Panel title="Connected for several clients">
      <ul className={css.list}>
        {shared.map((one) => <li key={one.place}><span className="num">{one.place}</span>: {one.clients.map(clients.name).join(', ')}</li>)}
      </ul>
    </Panel>
  );
}
