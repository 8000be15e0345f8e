import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Line, Report } from '@/api/performance';
import { costsText, costsTitle, NO_PRICE, SET_PRICE, sharesOf } from '@/lib/cost';
import { count, share, words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Panel } from '@/parts/Page';
import parts from '@/parts/parts.module.css';
import { decimal, orNone } from './figures';
import { NO_INTENT, toCases } from './links';
import css from './performance.module.css';

const COLUMNS = ['Cases', 'Tried by AI', 'Resolved', 'Resolved, of tried', 'Provisional', 'Passed to people', 'Changed by people', 'Came back', 'Middle min', 'People, h', 'Tokens', 'Models cost', 'a resolved case'];
const MINUTES_AN_HOUR = 60;

/** Every figure by intent; each links to its cases. */
export function ByIntent({ report }: { report: Report }) {
  return (
    <Panel title="By intent" side={<span className={css.faint}>Provisional: tried, and the 7 days in which a customer may come back are not over</span>}>
      <div className={css.scroll} tabIndex={0} role="region" aria-label="Figures by intent">
        <table className={parts.table}>
          <thead><tr><th scope="col">Intent</th><th scope="col">Client</th>{COLUMNS.map((name) => <th key={name} scope="col" className={parts.right}>{name}</th>)}</tr></thead>
          <tbody>{report.items.map((line) => <Row key={`${line.client}/${line.intent ?? NO_INTENT}`} report={report} line={line} />)}</tbody>
        </table>
      </div>
      {report.totals.unpriced > 0 && <p className={css.faint}>{count(report.totals.unpriced)} exchanges with models: {NO_PRICE}. {SET_PRICE}.</p>}
    </Panel>
  );
}

function Row({ report, line }: { report: Report; line: Line }) {
  const clients = useClients();
  const behind = (value: number, which: string) => value === 0
    ? <span className={css.faint}>0</span>
    : <Link to="/performance/cases" search={toCases(report, { client: line.client, intent: line.intent ?? NO_INTENT, which })}>{count(value)}</Link>;
  const cells: ReactNode[] = [
    behind(line.cases, 'cases'),
    behind(line.attempts, 'attempts'),
    behind(line.resolutions, 'resolutions'),
    orNone(line.resolution_rate, share),
    behind(line.provisional, 'provisional'),
    behind(line.escalated, 'escalated'),
    behind(line.overridden, 'overridden'),
    behind(line.came_back, 'came_back'),
    orNone(line.handling_median_minutes, decimal),
    decimal(line.people_minutes / MINUTES_AN_HOUR),
    count(line.tokens_in + line.tokens_out),
    <span title={costsTitle(line.cost, line.unpriced)}>{costsText(line.cost, line.unpriced, line.uncounted)}</span>,
    costsText(sharesOf(line.cost, 'per_resolution'), 0),
  ];
  return (
    <tr>
      <th scope="row" className={css.rowHead}>{line.intent ? words(line.intent) : 'Not recognised'}</th>
      <td>{clients.name(line.client)}</td>
      {cells.map((cell, at) => <td key={COLUMNS[at]} className={`${parts.right} num`}>{cell}</td>)}
    </tr>
  );
}
