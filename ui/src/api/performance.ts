// What the performance screen reads, and what it looks like.
import { queryOptions } from '@tanstack/react-query';
import type { FixState, FixType } from './deskTypes';
import { http, withQuery } from './http';
import type { Spending } from '@/lib/cost';
import { ownZone } from '@/lib/format';
import type { CaseRow } from './types';

export interface Counts {
  cases: number;
  open: number;
  attempts: number;
  provisional: number;
  contained: number;
  resolutions: number;
  resolutions_provisional: number;
  verified: number;
  resolution_rate: number | null;
  escalated: number;
  escalation_rate: number | null;
  escalations: Record<string, number>;
  overridden: number;
  handoffs: number;
  came_back: number;
  handling_median_minutes: number | null;
  people_minutes: number;
  tokens_in: number;
  tokens_out: number;
  cost: Spending[];
  unpriced: number;
  uncounted: number;
}
export interface Line extends Counts {
  client: string;
  intent: string | null;
}
export interface PartEffect {
  client: string;
  intent: string | null;
  rate_before: number | null;
  rate_now: number | null;
  share_before: number;
  share_now: number;
  rate_effect: number;
  mix_effect: number;
}
export interface Change {
  before: number;
  now: number;
  delta: number;
  rate_effect: number;
  mix_effect: number;
  at_the_mix_before: number;
  parts: PartEffect[];
}
export interface Day {
  day_ms: number;
  cases: number;
  attempts: number;
  resolutions: number;
  escalated: number;
}
/** An hour of the day, over all days of the report. */
export interface Hour extends Omit<Day, 'day_ms'> {
  hour: number;
}
interface Figure {
  num: number;
  den: number;
  value: number | null;
}
export interface Report {
  at_ms: number;
  since_ms: number;
  until_ms: number;
  /** Whose days they are: the clients', where they have one in common. */
  time_zone: string;
  before_since_ms: number;
  totals: Counts;
  before: Counts;
  change: Change | null;
  items: Line[];
  days: Day[];
  hours: Hour[];
  kpis: { id: string; now: Figure; before: Figure }[];
  money: { id: string; currency: string; now: string | null; before: string | null }[];
}
export interface Kpi {
  id: string;
  name: string;
  says: string;
  unit: 'share' | 'seconds' | 'number' | 'money';
  recorded: boolean;
}
export interface FailureGroup {
  client: string;
  intent: string | null;
  kind: 'override' | 'escalation' | 'came_back';
  cause: string;
  step: string | null;
  source: string;
  suggested: FixType;
  cases: number;
  tagged: number;
  people_minutes: number;
  examples: { case: string; number: number; subject: string; opened_ms: number; tagged: boolean }[];
  fixes: { id: string; fix_type: FixType; state: FixState }[];
}

/** What customers of one need wrote whose cases failed, in groups that are alike. */
export interface SaidOf {
  client: string;
  intent: string | null;
  cases: number;
  compared: number;
  alone: number;
  groups: { words: string[]; cases: number; tagged: number; causes: Record<string, number>; examples: FailureGroup['examples'] }[];
}

const DAY_MS = 86_400_000;
export interface Window {
  client?: string;
  days: number;
}
const times = ({ client, days }: Window) => ({ client, since_ms: Date.now() - days * DAY_MS });

export const report = (window: Window) =>
  queryOptions({ queryKey: ['performance', 'report', window], queryFn: ({ signal }) => http.get<Report>(withQuery('/performance', { ...times(window), time_zone: ownZone }), signal), staleTime: 60_000 });
export const failures = (window: Window) =>
  queryOptions({ queryKey: ['performance', 'failures', window], queryFn: ({ signal }) => http.get<{ items: FailureGroup[]; alike: SaidOf[] }>(withQuery('/performance/failures', times(window)), signal), staleTime: 60_000 });
export const kpis = queryOptions({ queryKey: ['kpis'], queryFn: ({ signal }) => http.get<{ items: Kpi[] }>('/kpis', signal), staleTime: Infinity });

/** Which cases behind a figure, as they stand in the address. */
export type Behind = Partial<Record<'client' | 'which' | 'intent' | 'reason' | 'since_ms' | 'until_ms', string>>;
export const behind = (wanted: Behind) =>
  queryOptions({ queryKey: ['performance', 'cases', wanted], queryFn: ({ signal }) => http.get<{ items: CaseRow[]; total: number }>(withQuery('/performance/cases', wanted), signal) });
