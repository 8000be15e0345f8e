// How the console says numbers, money, times and names: always by the reader's locale.
import type { Fields, Json } from '@/api/types';

const locale = navigator.language || 'en';
const number = new Intl.NumberFormat(locale);
const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const dayTime = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
const dayOnly = new Intl.DateTimeFormat(locale, { dateStyle: 'full' });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });

export const count = (value: number) => number.format(value);
export const share = (value: number) => percent.format(value);
export const fullTime = (ms: number) => full.format(ms);
export const day = (ms: number) => dayOnly.format(ms);
export const timeOfDay = (ms: number) => clock.format(ms);

/** The reader's time zone, where the browser knows it. */
export const ownZone = (() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return zone && zone !== 'Etc/Unknown' ? zone : 'UTC';
})();
const dates = new Map<string, Intl.DateTimeFormat>();
/** "6 Oct", as the day is in a time zone. */
export function dateIn(ms: number, timeZone: string): string {
  let format = dates.get(timeZone);
  if (!format) {
    const parts = { day: 'numeric', month: 'short' } as const;
    try {
      format = new Intl.DateTimeFormat(locale, { ...parts, timeZone });
    } catch {
      format = new Intl.DateTimeFormat(locale, parts);
    }
    dates.set(timeZone, format);
  }
  return format.format(ms);
}
const HOUR_MS = 3_600_000;
const hourOnly = new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit', timeZone: 'UTC' });
/** "2:00 PM" of 14: an hour of the day, wherever that is. */
export const hourOfDay = (hour: number) => hourOnly.format(hour * HOUR_MS);
/** "Europe/Berlin" as people write it. */
export const zoneName = (timeZone: string) => timeZone.replaceAll('_', ' ');

export function shortTime(ms: number, now = Date.now()): string {
  const sameDay = new Date(ms).toDateString() === new Date(now).toDateString();
  return sameDay ? clock.format(ms) : dayTime.format(ms);
}

/** "1.2 MB". */
export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${number.format(Math.round(bytes / 1024))} kB` : `${number.format(Math.round(bytes / 1024 / 102.4) / 10)} MB`;
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];
export function fromNow(ms: number, now = Date.now()): string {
  const apart = ms - now;
  for (const [unit, size] of STEPS) {
    if (Math.abs(apart) >= size) return relative.format(Math.trunc(apart / size), unit);
  }
  return relative.format(Math.trunc(apart / 1000), 'second');
}

/** "1 h 20 min" for a span; the two largest units. */
export function span(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return minutes > 0 ? `${minutes} min` : `${Math.floor(Math.abs(ms) / 1000)} s`;
}

function digits(currency: string): number {
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}
export const minorPerMajor = (currency: string) => 10 ** digits(currency);

/** An amount in major units. */
export function amount(major: number, currency: string): string {
  try {
    return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(major);
  } catch {
    return `${number.format(major)} ${currency}`;
  }
}
export const money = (minor: number, currency: string) => amount(minor / minorPerMajor(currency), currency);

const calendarDay = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
/** A day without a time, given as its beginning by UTC. */
export const dateOnly = (ms: number) => calendarDay.format(ms);

/** Field names that hold money in minor units end in `_minor` (the house's rule: units come last). */
export const isMoney = (name: string) => name === 'minor' || name.endsWith('_minor');

const FIXED: Record<string, string> = {
  ai: 'AI', id: 'ID', sla: 'SLA', api: 'API', qa: 'QA', url: 'URL', zip: 'ZIP',
};
/** "amount_minor" → "Amount", "order_id" → "Order ID". */
export function words(name: string): string {
  const parts = name.replace(/_(minor|ms)$/, '').replace(/[-_.]+/g, ' ').replace(/([a-z])([A-Z])/g, '$1 $2').trim().split(' ');
  const text = parts.map((part) => FIXED[part.toLowerCase()] ?? part.toLowerCase()).join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function currencyOf(fields: Fields | null | undefined, fallback: string): string {
  const value = fields?.currency;
  return typeof value === 'string' && value.length === 3 ? value.toUpperCase() : fallback;
}

/** A text that is a day or a moment and nothing else. */
function asTime(text: string): string | null {
  const [, day, time] = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text) ?? [];
  const ms = day ? Date.parse(text) : NaN;
  if (Number.isNaN(ms)) return null;
  return time ? fullTime(ms) : dateOnly(ms);
}

const exact = new Intl.NumberFormat(locale, { maximumFractionDigits: 20 });
// What names something, or counts years, is read digit by digit: "1042" of an order, and not "1,042".
const NAMES = /(?:^|_)(?:id|number|no|year|code|zip|postcode|phone|account|order|policy|version)$|[a-z](?:Id|Number|No|Year|Code|Phone)$/;
// A span of time is shorter, and a moment of anything here is later: early in 1973.
const MOMENT_MS_MIN = 100_000_000_000;
/** A number of a field, no digit of it left out: somebody may be asked to agree to it. */
function figure(name: string, value: number): string {
  if (name.endsWith('_ms') && value >= MOMENT_MS_MIN) return fullTime(value);
  return NAMES.test(name) ? String(value) : exact.format(value);
}

/** One value in words; structures are left to the data view. */
export function plain(name: string, value: Json | undefined, currency: string): string {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'number') return isMoney(name) ? money(value, currency) : figure(name, value);
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  if (Array.isArray(value)) return value.every((v) => typeof v !== 'object') ? value.map((one) => plain(name, one, currency)).join(', ') : JSON.stringify(value);
  if (typeof value === 'object') return JSON.stringify(value);
  return asTime(value) ?? value;
}

export function languageName(code: string): string {
  try {
    return new Intl.DisplayNames([locale], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}
