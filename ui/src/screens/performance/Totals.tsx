import { Link } from '@tanstack/react-router';
import type { Counts, Report } from '@/api/performance';
import { costsText, costsTitle, sharesOf } from '@/lib/cost';
import { count, share } from '@/lib/format';
import { against, decimal, difference, orNone, points } from './figures';
import { toCases } from './links';
import css from './performance.module.css';

const MINUTES_AN_HOUR = 60;

interface Tile {
  label: string;
  value: string;
  which?: string;
  more?: string;
  title?: string;
  change: string | null;
}

function tiles(now: Counts, before: Counts): Tile[] {
  const attempted = (counts: Counts) => (counts.cases ? counts.attempts / counts.cases : null);
  const hours = (counts: Counts) => counts.people_minutes / MINUTES_AN_HOUR;
  const tokens = (counts: Counts) => counts.tokens_in + counts.tokens_out;
  return [
    { label: 'Cases', value: count(now.cases), which: 'cases', change: against(now.cases, before.cases, difference) },
    { label: 'Tried by AI', value: orNone(attempted(now), share), which: 'attempts', more: count(now.attempts), change: against(attempted(now), attempted(before), points) },
    {
      label: 'Resolved by AI, net of 7 days', value: orNone(now.resolution_rate, share), which: 'resolutions',
      more: `${count(now.resolutions)}, ${count(now.resolutions_provisional)} provisional`, change: against(now.resolution_rate, before.resolution_rate, points),
    },
    { label: 'Passed to people', value: orNone(now.escalation_rate, share), which: 'escalated', more: count(now.escalated), change: against(now.escalation_rate, before.escalation_rate, points) },
    { label: 'Outcomes changed by people', value: count(now.overridden), which: 'overridden', change: against(now.overridden, before.overridden, difference) },
    { label: 'Hours of people', value: decimal(hours(now)), which: 'handoffs', more: now.handling_median_minutes === null ? undefined : `middle ${decimal(now.handling_median_minutes)} min`, change: against(hours(now), hours(before), difference) },
    {
      label: 'Cost of models', value: costsText(now.cost, now.unpriced, now.uncounted), title: costsTitle(now.cost, now.unpriced),
      more: [now.cost.length > 0 && `${costsText(sharesOf(now.cost, 'per_attempt'), 0)} an attempt`, `${count(tokens(now))} tokens`].filter(Boolean).join(', '),
      change: null,
    },
  ];
}

/** The figures one looks at first, each with what changed against the window before and the cases behind it. */
export function Totals({ report, client }: { report: Report; client: string | undefined }) {
  return (
    <div className={css.totals} role="group" aria-label="Totals">
      {tiles(report.totals, report.before).map((tile) => {
        const body = (
          <>
            <strong className="num">{tile.value}</strong>
            <span>{tile.label}{tile.more && <>: <b className="num">{tile.more}</b></>}</span>
            {tile.change && <span className="num">{tile.change}<span className="vh"> against the time before</span></span>}
          </>
        );
        return tile.which
          ? <Link key={tile.label} to="/performance/cases" search={toCases(report, { client, which: tile.which })} className={css.total}>{body}</Link>
          : <div key={tile.label} className={css.total} title={tile.title}>{body}</div>;
      })}
    </div>
  );
}
