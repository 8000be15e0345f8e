import { Link } from '@tanstack/react-router';
import type { Report } from '@/api/performance';
import { count, words } from '@/lib/format';
import { Panel } from '@/parts/Page';
import { Empty } from '@/parts/States';
import { toCases } from './links';
import css from './performance.module.css';

/** Why the AI side passed cases to people, most often first. */
export function Reasons({ report, client }: { report: Report; client: string | undefined }) {
  const rows = Object.entries(report.totals.escalations).sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
  const most = Math.max(1, ...rows.map(([, times]) => times));
  return (
    <Panel title="Why cases went to people">
      {rows.length === 0 ? <Empty title="Nothing went to people">The AI side passed no case of this time on.</Empty> : (
        <ul className={css.bars}>
          {rows.map(([reason, times]) => (
            <li key={reason}>
              <Link to="/performance/cases" search={toCases(report, { client, which: 'escalated', reason })}>
                <span>{words(reason)}</span>
                <span aria-hidden><span className={css.bar} style={{ display: 'block', width: `${(times / most) * 100}%` }} /></span>
                <b className="num">{count(times)}</b>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
