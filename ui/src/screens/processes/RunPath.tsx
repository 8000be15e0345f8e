import type { RunDetail } from '@/api/types';
import { words } from '@/lib/format';
import { Time } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { DataView } from '@/parts/DataView';
import css from './process.module.css';

/** What only began is shown while nothing more is known of it. */
function ended(run: RunDetail) {
  const done = new Set(run.trace.filter((entry) => entry.phase !== 'started').map((entry) => entry.task));
  return run.trace.filter((entry) => entry.phase !== 'started' || !done.has(entry.task));
}

/** The path a run took, task by task, and what it waits for. */
export function RunPath({ run, currency, onPick }: { run: RunDetail; currency: string; onPick: (task: string) => void }) {
  return (
    <>
      {run.waits.length > 0 && (
        <section className={css.sec}>
          <h3>Waits for</h3>
          {run.waits.map((wait) => (
            <button type="button" key={wait.call} className={css.row} onClick={() => onPick(wait.task)}>
              <span>{words(wait.function || wait.task)}</span>
              {wait.due_ms && <span className={css.faint}>until <Time ms={wait.due_ms} /></span>}
            </button>
          ))}
        </section>
      )}
      <section className={css.sec}>
        <h3>Path</h3>
        <ol className={css.list}>
          {ended(run).map((entry) => (
            <li key={entry.seq}>
              <button type="button" className={css.row} onClick={() => onPick(entry.task)}>
                <span>{words(entry.name)}</span>
                {entry.phase !== 'finished' && <Tag tone={entry.phase === 'failed' ? 'bad' : 'calm'}>{words(entry.phase)}</Tag>}
                <span className={css.faint}><Time ms={entry.at_ms} /></span>
              </button>
            </li>
          ))}
        </ol>
      </section>
      {run.error && <section className={css.sec}><h3>Error</h3><DataView value={run.error} currency={currency} /></section>}
      {run.output && <section className={css.sec}><h3>Output</h3><DataView value={run.output} currency={currency} /></section>}
    </>
  );
}
