import { Link } from '@tanstack/react-router';
import type { QueueRow } from '@/api/types';
import { count, shortTime, span } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { useNow } from '@/lib/useNow';
import { Panel } from '@/parts/Page';
import { Empty } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import css from './floor.module.css';

export function Queues({ rows }: { rows: QueueRow[] }) {
  const clients = useClients();
  const now = useNow();
  const number = (value: number, tone = '') => (value === 0 ? <span className={css.zero}>0</span> : <span className={tone}>{count(value)}</span>);
  return (
    <Panel title="Queues for people">
      {rows.length === 0 ? <Empty title="No queues yet" /> : (
        <div className={css.scroll} tabIndex={0} role="region" aria-label="Queues">
          <table className={parts.table}>
            <thead>
              <tr><th scope="col">Queue</th><th scope="col">Client</th><th scope="col" className={parts.right}>Waiting</th><th scope="col" className={parts.right}>Claimed</th><th scope="col" className={parts.right}>At risk</th><th scope="col" className={parts.right}>Longest wait</th><th scope="col" className={parts.right}>Expected wait</th></tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.client}/${row.queue}`}>
                  <td><Link to="/desk" search={{ client: row.client, queue: row.queue }}>{row.title || row.queue}</Link></td>
                  <td>{clients.name(row.client)}</td>
                  <td className={`${parts.right} num`}>{number(row.waiting)}</td>
                  <td className={`${parts.right} num`}>{number(row.claimed)}</td>
                  <td className={`${parts.right} num`}>{number(row.at_risk, css.risk)}</td>
                  <td className={`${parts.right} num`}>{row.oldest_ms ? span(now - row.oldest_ms) : '—'}</td>
                  <td className={`${parts.right} num`}>{expected(row)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

/** How long the next item waits, as far as one can tell; and otherwise why one cannot. */
function expected(row: QueueRow): string {
  if (!row.open) return row.opens_ms ? `closed until ${shortTime(row.opens_ms)}` : 'closed';
  if (row.wait_ms === null) return 'nobody available';
  return row.wait_ms < 60_000 ? 'at once' : span(row.wait_ms);
}
