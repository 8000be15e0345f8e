import { count } from '@/lib/format';
import { Panel } from '@/parts/Page';
import parts from '@/parts/parts.module.css';
import css from './performance.module.css';

const WIDTH = 600;
const HEIGHT = 120;
const GAP = 0.25;

export interface Column {
  key: number;
  name: string;
  cases: number;
  attempts: number;
  resolutions: number;
  escalated: number;
}
interface Props {
  title: string;
  columns: Column[];
  /** What the height of a column is. */
  of: 'cases' | 'attempts';
  /** What its first column is called as a table. */
  head: string;
  /** What the whole says to whoever does not see it. */
  says: string;
  /** The most of one column, in words. */
  most: (figure: string) => string;
}

/** What became of cases or attempts over time: what held, what went to people, and the rest. The same stands in a table below. */
export function StackChart({ title, columns, of, head, says, most }: Props) {
  const highest = Math.max(1, ...columns.map((one) => one[of]));
  const step = WIDTH / Math.max(1, columns.length);
  const first = columns[0];
  const last = columns.at(-1);
  return (
    <Panel title={title} side={<Legend />}>
      <div className={css.pad}>
        <svg className={css.chart} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${says}; ${most(count(highest))}`}>
          {columns.map((one, at) => <Bar key={one.key} column={one} of={of} x={at * step + (step * GAP) / 2} width={step * (1 - GAP)} unit={HEIGHT / highest} />)}
        </svg>
        {first && last && <div className={css.axis} aria-hidden><span>{first.name}</span><span>{most(count(highest))}</span><span>{last.name}</span></div>}
        <details>
          <summary>As a table</summary>
          <Table title={title} head={head} columns={columns} />
        </details>
      </div>
    </Panel>
  );
}

function Bar({ column, of, x, width, unit }: { column: Column; of: Props['of']; x: number; width: number; unit: number }) {
  const rest = Math.max(0, column[of] - column.resolutions - column.escalated);
  const stack: [string | undefined, number][] = [[css.resolved, column.resolutions], [css.passed, column.escalated], [css.rest, rest]];
  let top = HEIGHT;
  return (
    <g>
      <title>{`${column.name}: ${count(column.cases)} cases, ${count(column.attempts)} attempts, ${count(column.resolutions)} resolved, ${count(column.escalated)} passed to people`}</title>
      {stack.map(([name, value]) => {
        const height = value * unit;
        top -= height;
        return <rect key={name} className={name} x={x} y={top} width={width} height={height} />;
      })}
    </g>
  );
}

function Table({ title, head, columns }: { title: string; head: string; columns: Column[] }) {
  return (
    <div className={css.scroll} tabIndex={0} role="region" aria-label={`${title}, as a table`}>
      <table className={parts.table}>
        <thead><tr><th scope="col">{head}</th><th scope="col" className={parts.right}>Cases</th><th scope="col" className={parts.right}>Tried by AI</th><th scope="col" className={parts.right}>Resolved</th><th scope="col" className={parts.right}>Passed to people</th></tr></thead>
        <tbody>
          {columns.map((one) => (
            <tr key={one.key}>
              <th scope="row" className={css.rowHead}>{one.name}</th>
              {[one.cases, one.attempts, one.resolutions, one.escalated].map((value, at) => <td key={at} className={`${parts.right} num`}>{count(value)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Legend = () => (
  <span className={css.legend}>
    <span><i className={css.isResolved} aria-hidden />Resolved</span>
    <span><i className={css.isPassed} aria-hidden />Passed to people</span>
    <span><i className={css.isRest} aria-hidden />Neither, or not yet</span>
  </span>
);
