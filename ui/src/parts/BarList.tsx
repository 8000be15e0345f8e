import type { ReactNode } from 'react';
import css from './bars.module.css';

export type BarTone = 'accent' | 'ai' | 'person' | 'rest';
export interface BarRow {
  key: string;
  name: ReactNode;
  /** What stands behind the bar, as it reads. */
  value: string;
  parts: { tone: BarTone; amount: number }[];
  /** The bar in words, for whoever does not see it. */
  says: string;
}
interface Props {
  label: string;
  rows: BarRow[];
  /** What the colours mean; left out where there is one. */
  legend?: { tone: BarTone; says: string }[];
}

/** Bars to be looked at before anything is read: as long as their amounts, the longest over the whole width. */
export function BarList({ label, rows, legend }: Props) {
  const sum = (row: BarRow) => row.parts.reduce((all, part) => all + part.amount, 0);
  const most = Math.max(...rows.map(sum)) || 1;
  return (
    <div className={css.chart}>
      {legend && <p className={css.legend}>{legend.map(({ tone, says }) => <span key={tone}><i className={css[tone]} aria-hidden />{says}</span>)}</p>}
      <ul className={css.bars} aria-label={label}>
        {rows.map((row) => (
          <li key={row.key}>
            <span className={css.name}>{row.name}</span>
            <span className={css.stack} role="img" aria-label={row.says}>
              {row.parts.map(({ tone, amount }) => amount > 0 && <i key={tone} className={css[tone]} style={{ width: `${(amount / most) * 100}%` }} />)}
            </span>
            <b className="num">{row.value}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
