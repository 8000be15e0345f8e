import type { RunCounts, RunStatus } from '@/api/runTypes';
import { count, fullTime } from '@/lib/format';
import { STATUS_WORDS } from './words';
import css from './runs.module.css';

interface Props {
  counts: RunCounts | undefined;
  status: RunStatus | undefined;
  process: string | undefined;
  onPick: (status: RunStatus | undefined) => void;
}
/** How many runs stand where; each number leads to its runs. */
export function Totals({ counts, status, process, onPick }: Props) {
  const of = (one: RunStatus) => (counts?.items ?? []).filter((row) => row.status === one && (!process || row.process === process)).reduce((sum, row) => sum + row.runs, 0);
  return (
    <div className={css.totals} role="group" aria-label="Runs by status">
      {(Object.keys(STATUS_WORDS) as RunStatus[]).map((one) => {
        const recent = one === 'completed' || one === 'cancelled';
        return (
          <button key={one} type="button" className={css.total} data-status={one} aria-pressed={status === one} onClick={() => onPick(status === one ? undefined : one)}>
            <strong className="num">{counts ? count(of(one)) : '–'}</strong>
            <span>{STATUS_WORDS[one]}{recent && <span className={css.faint} title={counts ? `Started since ${fullTime(counts.since_ms)}` : undefined}> in a day</span>}</span>
          </button>
        );
      })}
    </div>
  );
}
