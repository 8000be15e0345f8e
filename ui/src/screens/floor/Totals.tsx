import { Link } from '@tanstack/react-router';
import type { Totals as TotalsData } from '@/api/types';
import { count, share } from '@/lib/format';
import css from './floor.module.css';

interface Tile {
  label: string;
  value: number;
  pip?: string;
  search: Record<string, string>;
  tone?: string;
  more?: string;
}

export function Totals({ totals }: { totals: TotalsData }) {
  const ended = { state: 'resolved', closed_today: '1' };
  const done = totals.resolved_by_ai + totals.resolved_by_people;
  const tiles: Tile[] = [
    { label: 'Open', value: totals.open, search: { state: 'active' } },
    { label: 'With AI', value: totals.with_ai, pip: css.ai, search: { state: 'with_ai' } },
    { label: 'With people', value: totals.with_people, pip: css.person, search: { state: 'with_person' } },
    { label: 'Waiting', value: totals.waiting, search: { state: 'with_person', actor_kind: 'system' } },
    { label: 'SLA at risk', value: totals.at_risk, search: { at_risk: '1' }, tone: totals.at_risk > 0 ? css.risk : undefined },
    { label: 'Resolved today', value: totals.resolved_today, search: ended },
    { label: 'by AI', value: totals.resolved_by_ai, pip: css.ai, search: { ...ended, ended_by_person: '0' }, more: done ? share(totals.resolved_by_ai / done) : undefined },
    { label: 'by people', value: totals.resolved_by_people, pip: css.person, search: { ...ended, ended_by_person: '1' }, more: done ? share(totals.resolved_by_people / done) : undefined },
  ];
  return (
    <div className={css.totals} aria-label="Totals" role="group">
      {tiles.map((tile) => (
        <Link key={tile.label} to="/cases" search={tile.search} className={css.total}>
          <strong className={`num ${tile.tone ?? ''}`}>{count(tile.value)}</strong>
          <span>
            {tile.pip && <i className={`${css.pip} ${tile.pip}`} aria-hidden />}
            {tile.label}
            {tile.more && <b className="num">{tile.more}</b>}
          </span>
        </Link>
      ))}
    </div>
  );
}
