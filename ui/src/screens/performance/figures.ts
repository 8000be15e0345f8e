// How the performance screen says its figures.
import type { Kpi } from '@/api/performance';
import { share } from '@/lib/format';

const locale = navigator.language || 'en';
const tenth = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const signed = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, signDisplay: 'exceptZero' });

export const decimal = (value: number) => tenth.format(value);
export const orNone = (value: number | null, say: (value: number) => string) => (value === null ? '—' : say(value));
/** A difference of two shares, in points of a hundred. */
export const points = (difference: number) => `${signed.format(difference * 100)} pp`;

const MINUTE_S = 60;
const HOUR_S = 3600;
export function inUnit(value: number, unit: Kpi['unit']): string {
  if (unit === 'share') return share(value);
  if (unit === 'number') return decimal(value);
  if (value >= HOUR_S) return `${decimal(value / HOUR_S)} h`;
  return value >= MINUTE_S ? `${decimal(value / MINUTE_S)} min` : `${decimal(value)} s`;
}

/** What changed against the window before, in words; nothing where there is nothing to compare. */
export function against(now: number | null, before: number | null, say: (difference: number) => string): string | null {
  if (now === null || before === null) return null;
  return now === before ? 'as before' : say(now - before);
}
export const difference = (value: number) => signed.format(value);
