// The words of this screen: where a run stands, what it waits for, how old it is.
import type { RunStatus } from '@/api/runTypes';

export interface Search {
  client?: string;
  process?: string;
  status?: string;
  version?: string;
  waits_on?: string;
  error?: string;
  failed_at?: string;
  correlation?: string;
  case?: string;
  parent?: string;
  q?: string;
  age?: string;
}

export const STATUS_WORDS: Record<RunStatus, string> = {
  running: 'Begins', waiting: 'Waits', suspended: 'Suspended', faulted: 'Failed', completed: 'Completed', cancelled: 'Cancelled',
};
export const STATUSES = Object.entries(STATUS_WORDS).map(([value, label]) => ({ value, label }));

export const WAITS = [
  { value: 'person', label: 'Waits for a person' },
  { value: 'message', label: 'Waits for the customer' },
  { value: 'timer', label: 'Waits for a time' },
  { value: 'event', label: 'Waits for an event' },
  { value: 'function:action', label: 'Waits for a system' },
  { value: 'child', label: 'Waits for another run' },
];

const HOUR_MS = 3_600_000;
const SPANS: Record<string, { label: string; newer?: number; older?: number }> = {
  '1h': { label: 'In the last hour', newer: HOUR_MS },
  '1d': { label: 'In the last day', newer: 24 * HOUR_MS },
  '7d': { label: 'In the last week', newer: 7 * 24 * HOUR_MS },
  'over-1d': { label: 'Over a day ago', older: 24 * HOUR_MS },
  'over-7d': { label: 'Over a week ago', older: 7 * 24 * HOUR_MS },
};
export const AGES = Object.entries(SPANS).map(([value, { label }]) => ({ value, label }));

export function ageOf(age: string | undefined, now: number): { from_ms?: number; to_ms?: number } {
  const span = age ? SPANS[age] : undefined;
  if (span?.newer) return { from_ms: now - span.newer };
  return span?.older ? { to_ms: now - span.older } : {};
}

/** The part of an id that differs between runs: time and count, without prefix and source. */
export const shortId = (id: string) => id.replace(/^run_/, '').slice(4, 18);

/** The error of a run in one line. */
export function errorLine(error: unknown): string {
  if (!error || typeof error !== 'object') return '';
  const { title, detail, type } = error as { title?: string; detail?: string; type?: string };
  return [title, detail].filter(Boolean).join(': ') || type || 'It failed without saying why';
}
