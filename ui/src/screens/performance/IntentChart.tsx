import { Link } from '@tanstack/react-router';
import type { Line, Report } from '@/api/performance';
import { count, share, words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { BarList, type BarRow } from '@/parts/BarList';
import { Panel } from '@/parts/Page';
import { Empty } from '@/parts/States';
import { NO_INTENT, toCases } from './links';
import css from './performance.module.css';

const BARS_MAX = 12;
const LEGEND = [{ tone: 'ai', says: 'Resolved' }, { tone: 'person', says: 'Passed to people' }, { tone: 'rest', says: 'Neither, or not yet' }] as const;

/** What became of what AI tried, by intent, most often tried first. All of it stands in the table below. */
export function IntentChart({ report, client }: { report: Report; client: string | undefined }) {
  const clients = useClients();
  const tried = report.items.filter((line) => line.attempts > 0).sort((a, b) => b.attempts - a.attempts);
  const row = (line: Line): BarRow => {
    const intent = line.intent ? words(line.intent) : 'Not recognised';
    const rest = Math.max(0, line.attempts - line.resolutions - line.escalated);
    return {
      key: `${line.client}/${line.intent ?? NO_INTENT}`,
      name: <><Link to="/performance/cases" search={toCases(report, { client: line.client, intent: line.intent ?? NO_INTENT, which: 'attempts' })}>{intent}</Link>{!client && <span className={css.faint}> {clients.name(line.client)}</span>}</>,
      value: line.resolution_rate === null ? '—' : share(line.resolution_rate),
      parts: [{ tone: 'ai', amount: line.resolutions }, { tone: 'person', amount: line.escalated }, { tone: 'rest', amount: rest }],
      says: `${intent}: ${count(line.attempts)} attempts, ${count(line.resolutions)} resolved, ${count(line.escalated)} passed to people`,
    };
  };
  return (
    <Panel title="What became of AI attempts, by intent">
      {tried.length === 0 ? <Empty title="AI tried nothing in this time" /> : <BarList label="AI attempts by intent" rows={tried.slice(0, BARS_MAX).map(row)} legend={[...LEGEND]} />}
    </Panel>
  );
}
