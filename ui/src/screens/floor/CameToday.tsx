import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { one } from '@/api/reads';
import { count, hourOfDay } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Panel } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import css from './floor.module.css';

interface QueueDay {
  client: string;
  queue: string;
  title: string;
  /** Work items that came in today, by the hour that clocks show where the client is, from 0 on. */
  hours: number[];
}
const today = one<{ items: QueueDay[] }>(['queue-days'], '/queues/today');
const REREAD_MS = 60_000;
const BAR_PX = 22;
const all = (row: QueueDay) => row.hours.reduce((sum, came) => sum + came, 0);

/** When today's work came to people, queue by queue: a table whose numbers are bars too. */
export function CameToday() {
  const read = useQuery({ ...today, refetchInterval: REREAD_MS });
  return (
    <Panel title="Came in today, by queue and hour">
      <Show of={read} rows={3}>
        {(page) => {
          const rows = page.items.filter((row) => all(row) > 0).sort((a, b) => all(b) - all(a));
          return rows.length === 0 ? <Empty title="No work has come to people today">What comes is counted here by the hour, by the clock of each client.</Empty> : <Table rows={rows} />;
        }}
      </Show>
    </Panel>
  );
}

function Table({ rows }: { rows: QueueDay[] }) {
  const clients = useClients();
  const most = Math.max(1, ...rows.flatMap((row) => row.hours));
  const hours = Array.from({ length: Math.max(...rows.map((row) => row.hours.length)) }, (_, hour) => hour);
  return (
    <div className={css.scroll} tabIndex={0} role="region" aria-label="Work that came in today, by hour where the client is">
      <table className={parts.table}>
        <thead>
          <tr>
            <th scope="col">Queue</th>
            {hours.map((hour) => <th key={hour} scope="col" className={css.hour}><span aria-hidden>{hour}</span><span className="vh">{hourOfDay(hour)}</span></th>)}
            <th scope="col" className={parts.right}>All</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.client}/${row.queue}`}>
              <td><Link to="/desk" search={{ client: row.client, queue: row.queue }}>{row.title || row.queue}</Link><div className={css.of}>{clients.name(row.client)}</div></td>
              {hours.map((hour) => <Cell key={hour} came={row.hours[hour]} most={most} />)}
              <td className={`${parts.right} num`}>{count(all(row))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell({ came, most }: { came: number | undefined; most: number }) {
  // Where it is earlier in the day this hour is still to come.
  if (came === undefined) return <td className={css.hour} />;
  return (
    <td className={`${css.hour} num`}>
      <span className={came === 0 ? 'vh' : undefined}>{count(came)}</span>
      <i aria-hidden style={{ blockSize: (came / most) * BAR_PX }} />
    </td>
  );
}
