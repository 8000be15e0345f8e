import type { ConnectorRow, Use } from '@/api/connectorTypes';
import { Tag, type Tone } from '@/parts/Chips';

const HEALTH: Record<string, { label: string; tone: Tone }> = {
  healthy: { label: 'Healthy', tone: 'good' },
  unused: { label: 'Not used today', tone: 'calm' },
  failing: { label: 'Failing', tone: 'warn' },
  down: { label: 'Does not answer', tone: 'bad' },
  drifted: { label: 'Changed', tone: 'bad' },
  signed_out: { label: 'Signed out', tone: 'bad' },
};

export function HealthTag({ health }: { health: string }) {
  const known = HEALTH[health];
  return <Tag tone={known?.tone}>{known?.label ?? health}</Tag>;
}

/** What somebody has to do about a connector, in words; empty where there is nothing. */
export function toDo(row: ConnectorRow): string {
  const said: string[] = [];
  if (row.missing_setting) said.push(`The secret ${row.missing_setting} is not set.`);
  if (row.sign_in?.why) said.push(`Signed out: ${row.sign_in.why}.`);
  for (const drift of row.drift) said.push(`${drift.action} is not called: ${drift.why}.`);
  if (row.breaker.state !== 'closed') said.push(`No answer to ${row.breaker.failures} calls in a row.`);
  return said.join(' ');
}

/** Whether anything was answered today: without it there is no time to tell. */
export const hasTimes = (row: { day: Use }) => row.day.done + row.day.refused > 0;

/** How long today's calls took, in words. */
export const times = (row: { day: Use }) =>
  hasTimes(row) ? `half within ${row.day.p50_ms} ms, 95 % within ${row.day.p95_ms} ms, ${row.day.mean_ms} ms on average` : undefined;

export const answered = (row: { success_percent: number | null }) => (row.success_percent === null ? '—' : `${row.success_percent}%`);
