import { Link } from '@tanstack/react-router';
import type { FloorClient } from '@/api/types';
import { costsText, costsTitle } from '@/lib/cost';
import { count, shortTime, zoneName } from '@/lib/format';
import { Panel } from '@/parts/Page';
import { Empty } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import css from './floor.module.css';

export function Clients({ rows }: { rows: FloorClient[] }) {
  // Where no model was asked there is nothing to tell of, and costs are told to those alone who may see performance.
  const asks = rows.some(({ cost }) => cost && (cost.hour.length > 0 || cost.unpriced > 0 || cost.uncounted > 0));
  return (
    <Panel title="By client" side={<Legend />}>
      {rows.length === 0 ? <Empty title="No clients yet" /> : (
        <div className={css.scroll} tabIndex={0} role="region" aria-label="Cases by client">
          <table className={parts.table}>
            <thead>
              <tr>
                <th scope="col">Client</th><th scope="col">Who has it</th><th scope="col" className={parts.right}>Open</th><th scope="col" className={parts.right}>AI</th><th scope="col" className={parts.right}>People</th>
                <th scope="col" className={parts.right}>Waiting</th><th scope="col" className={parts.right}>At risk</th><th scope="col" className={parts.right}>Resolved today</th>{asks && <th scope="col" className={parts.right}>Models, last hour</th>}
              </tr>
            </thead>
            <tbody>{rows.map((row) => <Row key={row.client} row={row} asks={asks} />)}</tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Row({ row, asks }: { row: FloorClient; asks: boolean }) {
  const of = (value: number, search: Record<string, string>, tone = '', title?: string) => (
    <td className={`${parts.right} num`} title={title}>
      {value === 0 ? <span className={css.zero}>0</span> : <Link to="/cases" search={{ client: row.client, ...search }} className={tone}>{count(value)}</Link>}
    </td>
  );
  return (
    <tr>
      <th scope="row" style={{ position: 'static', color: 'var(--bt-ink)', fontSize: '0.8125rem', borderBottom: '1px solid var(--bt-line)' }}>{row.name}</th>
      <td><Split ai={row.with_ai} people={row.with_people} all={row.open} /></td>
      {of(row.open, { state: 'active' })}
      {of(row.with_ai, { state: 'with_ai' })}
      {of(row.with_people, { state: 'with_person' })}
      {of(row.waiting, { state: 'with_person', actor_kind: 'system' })}
      {of(row.at_risk, { at_risk: '1' }, css.risk)}
      {of(row.resolved_today, { state: 'resolved', closed_today: '1' }, '', `Since midnight, ${zoneName(row.time_zone)}: ${shortTime(row.day_start_ms)} here`)}
      {asks && <td className={`${parts.right} num`} title={row.cost && costsTitle(row.cost.hour, row.cost.unpriced)}>{row.cost && costsText(row.cost.hour, row.cost.unpriced, row.cost.uncounted)}</td>}
    </tr>
  );
}

function Split({ ai, people, all }: { ai: number; people: number; all: number }) {
  const rest = Math.max(0, all - ai - people);
  return (
    <div className={css.bar} role="img" aria-label={`${ai} with AI, ${people} with people, ${rest} with neither`}>
      {ai > 0 && <i className={css.ai} style={{ flex: ai }} />}
      {people > 0 && <i className={css.person} style={{ flex: people }} />}
      {rest > 0 && <i className={css.rest} style={{ flex: rest }} />}
    </div>
  );
}

const Legend = () => (
  <span className={css.legend}>
    <span><i className={`${css.pip} ${css.ai}`} aria-hidden />AI</span>
    <span><i className={`${css.pip} ${css.person}`} aria-hidden />People</span>
  </span>
);
