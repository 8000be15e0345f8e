import type { Day } from '@/api/performance';
import { count } from '@/lib/format';
import { Panel } from '@/parts/Page';
import parts from '@/parts/parts.module.css';
import { dayOf } from './figures';
import css from './performance.module.css';

const WIDTH = 600;
const HEIGHT = 120;
const GAP = 0.25;

/** AI attempts by day: what held, what went to people, and the rest. The same stands in a table below. */
export function DayChart({ days }: { days: Day[] }) {
  const most = Math.max(1, ...days.map((day) => day.attempts));
  const step = WIDTH / Math.max(1, days.length);
  const all = days.reduce((sum, day) => sum + day.attempts, 0);
  const held = days.reduce((sum, day) => sum + day.resolutions, 0);
  const first = days[0];
  const last = days.at(-1);
  return (
    <Panel title="AI attempts by day" side={<Legend />}>
      <div className={css.pad}>
        <svg className={css.chart} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={`${count(all)} AI attempts in ${days.length} days, ${count(held)} of them resolved; at most ${count(most)} a day`}>
          {days.map((day, at) => <Bar key={day.day_ms} day={day} x={at * step + (step * GAP) / 2} width={step * (1 - GAP)} unit={HEIGHT / most} />)}
        </svg>
        {first && last && <div className={css.axis} aria-hidden><span>{dayOf(first.day_ms)}</span><span>at most {count(most)} a day</span><span>{dayOf(last.day_ms)}</span></div>}
        <details>
          <summary>As a table</summary>
          <Table days={days} />
        </details>
      </div>
    </Panel>
  );
}

function Bar({ day, x, width, unit }: { day: Day; x: number; width: number; unit: number }) {
  const rest = Math.max(0, day.attempts - day.resolutions - day.escalated);
  const stack: [string | undefined, number][] = [[css.resolved, day.resolutions], [css.passed, day.escalated], [css.rest, rest]];
  let top = HEIGHT;
  return (
    <g>
      <title>{`${dayOf(day.day_ms)}: ${count(day.attempts)} attempts, ${count(day.resolutions)} resolved, ${count(day.escalated)} passed to people`}</title>
      {stack.map(([name, value]) => {
        const height = value * unit;
        top -= height;
        return <rect key={name} className={name} x={x} y={top} width={width} height={height} />;
      })}
    </g>
  );
}

function Table({ days }: { days: Day[] }) {
  return (
    <div className={css.scroll} tabIndex={0} role="region" aria-label="AI attempts by day, as a table">
      <table className={parts.table}>
        <thead><tr><th scope="col">Day (UTC)</th><th scope="col" className={parts.right}>Cases</th><th scope="col" className={parts.right}>Tried by AI</th><th scope="col" className={parts.right}>Resolved</th><th scope="col" className={parts.right}>Passed to people</th></tr></thead>
        <tbody>
          {days.map((day) => (
            <tr key={day.day_ms}>
              <th scope="row" className={css.rowHead}>{dayOf(day.day_ms)}</th>
              {[day.cases, day.attempts, day.resolutions, day.escalated].map((value, at) => <td key={at} className={`${parts.right} num`}>{count(value)}</td>)}
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
