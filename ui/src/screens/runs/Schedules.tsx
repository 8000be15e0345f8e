import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconCalendarTime } from '@tabler/icons-react';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { Schedule } from '@/api/runTypes';
import { count, words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Filters, Pick, Time } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { Page } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import { ScheduleDialog } from './ScheduleDialog';
import css from './runs.module.css';

/** What begins runs by itself: by what, when next, and how the last run went. */
export function Schedules() {
  const search = useSearch({ strict: false }) as { client?: string };
  const navigate = useNavigate();
  const clients = useClients();
  const read = useQuery(q.schedules(search.client));
  const [doing, setDoing] = useState<Schedule>();
  return (
    <Page
      title="Schedules"
      sub={<>Processes whose <Link to="/runs" search={{}}>runs</Link> begin by themselves, on the release that is live</>}
      tools={<Filters><Pick label="Client" value={search.client} onPick={(client) => void navigate({ to: '/runs/schedules', search: { client }, replace: true })} options={clients.options} all="All clients" /></Filters>}
    >
      <Show of={read}>
        {(found) => found.items.length === 0
          ? <Empty title="Nothing begins by itself" icon={<IconCalendarTime size={26} aria-hidden />}>A process begins runs by itself when its definition has a schedule and its release is live.</Empty>
          : <Table rows={found.items} onDo={setDoing} />}
      </Show>
      {doing && <ScheduleDialog schedule={doing} onClose={() => setDoing(undefined)} />}
    </Page>
  );
}

const BY = { every: 'Every', cron: 'Cron', after: 'After the last run', on: 'On' };

/** A cron expression says by whose clock it goes: CRON_TZ=ZONE before it, or else UTC. */
function rule(row: Schedule): string {
  if (row.part !== 'cron') return row.rule;
  const [, zone, fields] = /^CRON_TZ=(\S+)\s+(.*)$/.exec(row.rule) ?? [row.rule, 'UTC', row.rule];
  return `${fields} (${zone})`;
}

function Table({ rows, onDo }: { rows: Schedule[]; onDo: (schedule: Schedule) => void }) {
  const clients = useClients();
  return (
    <div className={parts.tableWrap} tabIndex={0} role="region" aria-label="Schedules">
      <table className={`${parts.table} ${css.table}`}>
        <thead><tr><th scope="col">Process</th><th scope="col">Begins</th><th scope="col">Next</th><th scope="col">Last run</th><th scope="col" className={parts.right}>Runs</th><th scope="col"><span className="vh">Operate</span></th></tr></thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.client}/${row.process}/${row.part}`}>
              <td className={css.name}>
                <Link to="/processes/$client/$name" params={{ client: row.client, name: row.process }} search={{}}>{words(row.process)}</Link>
                <span className={css.faint}>{clients.name(row.client)}</span>
              </td>
              <td><span>{BY[row.part]} {rule(row)}</span></td>
              <td><Next row={row} /></td>
              <td><Last row={row} /></td>
              <td className={`${parts.right} num`}>
                <Link to="/runs" search={{ client: row.client, process: row.process }}>{count(row.runs)}</Link>
                {row.missed > 0 && <span className={css.faint}> {count(row.missed)} missed</span>}
              </td>
              <td><Button size="compact-xs" variant="light" aria-label={`${row.paused ? 'Resume' : 'Pause'} the schedule of ${words(row.process)}`} onClick={() => onDo(row)}>{row.paused ? 'Resume' : 'Pause'}</Button></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Next({ row }: { row: Schedule }) {
  if (row.paused) return <><Tag tone="warn">Paused</Tag><span className={css.faint}> {row.reason}</span></>;
  if (row.due_ms !== null) return <Time ms={row.due_ms} />;
  if (row.part === 'on') return <span>{row.events > 0 ? `${count(row.events)} of its events came` : 'When its events come'}</span>;
  return <span>When the last run has ended</span>;
}

function Last({ row }: { row: Schedule }) {
  return (
    <>
      {row.last_run && row.last_ms !== null
        ? <Link to="/runs/$client/$id" params={{ client: row.client, id: row.last_run }} search={{}}><Time ms={row.last_ms} ago /> {row.last_status && words(row.last_status)}</Link>
        : <span className={css.faint}>None yet</span>}
      {row.error && <p className={css.bad}>{row.error}</p>}
    </>
  );
}
