import { Link } from '@tanstack/react-router';
import type { Totals as TotalsData } from '@/api/types';
import { count, share } from '@/lib/format';
import css from './floor.module.css';

interface Tile {
  label: string;
  value: number;
  pip?: string;
  to: '/cases' | '/desk';
  search: Record<string, string>;
  tone?: string;
  more?: string;
}

export function Totals({ totals }: { totals: TotalsData }) {
  const done = totals.resolved_by_ai + totals.resolved_by_people;
  const tiles: Tile[] = [
    { label: 'Open', value: totals.open, to: '/cases', search: { state: 'active' } },
    { label: 'With AI', value: totals.with_ai, pip: css.ai, to: '/cases', search: { state: 'active', actor_kind: 'agent' } },
    { label: 'With people', value: totals.with_people, pip: css.person, to: '/cases', search: { state: 'active', actor_kind: 'member' } },
    { label: 'Waiting', value: totals.waiting, to: '/desk', search: {} },
    { label: 'SLA at risk', value: totals.at_risk, to: '/cases', search: { at_risk: '1' }, tone: totals.at_risk > 0 ? css.risk : undefined },
    { label: 'Resolved today', value: totals.resolved_today, to: '/cases', search: { state: 'resolved' } },
    { label: 'by AI', value: totals.resolved_by_ai, pip: css.ai, to: '/cases', search: { state: 'resolved' }, more: done ? share(totals.resolved_by_ai / done) : undefined },
    { label: 'by people', value: totals.resolved_by_people, pip: css.person, to: '/cases', search: { state: 'resolved' }, more: done ? share(totals.resolved_by_people / done) : undefined },
  ];
  return (
    <div className={css.totals} aria-label="Totals" role="group">
      {tiles.map((tile) => (
        <Link key={tile.label} to={tile.to} search={tile.search} className={css.total}>
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
