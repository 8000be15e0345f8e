import { IconAlertTriangle, IconChevronDown, IconClock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { fromNow, fullTime, share, shortTime, span } from '@/lib/format';
import { useNow } from '@/lib/useNow';
import css from './parts.module.css';

export function Key({ children }: { children: string }) {
  return <kbd className={css.key}>{children}</kbd>;
}

export function Time({ ms, ago }: { ms: number; ago?: boolean }) {
  const now = useNow();
  return (
    <time dateTime={new Date(ms).toISOString()} title={fullTime(ms)} className="num">
      {ago ? fromNow(ms, now) : shortTime(ms, now)}
    </time>
  );
}

// From here on a promise is at risk: a fifth of the span is left, or fifteen minutes where the span is not known.
const RISK_MS = 15 * 60_000;

/** How long until the SLA is missed, or since it was. */
export function Due({ ms, from, over }: { ms: number | null; from?: number; over?: boolean }) {
  const now = useNow();
  if (ms === null || over) return null;
  const left = ms - now;
  const risk = from === undefined ? RISK_MS : Math.max(60_000, (ms - from) / 5);
  const tone = left < 0 ? css.dueBad : left < risk ? css.dueWarn : '';
  const Icon = left < 0 ? IconAlertTriangle : IconClock;
  return (
    <span className={`${css.due} ${tone} num`} title={`SLA: ${fullTime(ms)}`}>
      <Icon size={13} stroke={1.8} aria-hidden />
      {left < 0 ? `${span(left)} late` : `${span(left)} left`}
    </span>
  );
}

export function Meter({ value, label }: { value: number; label: string }) {
  return (
    <div className={css.meter}>
      <div style={{ display: 'flex', justifyContent: 'space-between', fontSize: '0.75rem' }}>
        <span style={{ color: 'var(--bt-muted)' }}>{label}</span>
        <strong className="num">{share(value)}</strong>
      </div>
      <div className={css.meterBar} role="meter" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(value * 100)}>
        <div style={{ width: `${Math.max(0, Math.min(1, value)) * 100}%` }} />
      </div>
    </div>
  );
}

interface PickProps {
  label: string;
  value: string | undefined;
  options: { value: string; label: string }[];
  onPick: (value: string | undefined) => void;
  all?: string;
}
/** A filter: the browser's own select, which works everywhere and with every aid. */
export function Pick({ label, value, options, onPick, all }: PickProps) {
  return (
    <span className={css.selectWrap}>
      <select className={css.select} aria-label={label} value={value ?? ''} data-set={value ? 'true' : undefined} onChange={(event) => onPick(event.target.value || undefined)}>
        {all !== undefined && <option value="">{all}</option>}
        {options.map((option) => (
          <option key={option.value} value={option.value}>{option.label}</option>
        ))}
      </select>
      <IconChevronDown size={14} aria-hidden />
    </span>
  );
}

export const Filters = ({ children }: { children: ReactNode }) => <div className={css.filters} role="search">{children}</div>;
