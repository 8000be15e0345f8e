import type { QueueNow, QueueState, SettingsChecked } from '@/api/queueTypes';
import type { Fields } from '@/api/types';
import { count, span } from '@/lib/format';
import { Tag } from '@/parts/Chips';
import parts from '@/parts/parts.module.css';
import { textOf } from './fields';
import css from './queues.module.css';

interface Props {
  queues: Fields[];
  /** As they stand; none where the role sees no counts. */
  states: QueueState[] | undefined;
  /** How the edited ones would stand now, once they were checked. */
  tried: SettingsChecked['items'] | undefined;
  open: number | undefined;
  onOpen: (at: number) => void;
}
/** Queues with their hours now and what waits in them; and those that are gone, or will be, while something waits there. */
export function List({ queues, states, tried, open, onOpen }: Props) {
  const names = queues.map((queue) => textOf(queue, 'name'));
  const gone = (states ?? []).filter((state) => !names.includes(state.queue) && (state.waiting > 0 || state.claimed > 0));
  return (
    <div className={css.scroll} tabIndex={0} role="region" aria-label="Queues as they stand">
      <table className={parts.table}>
        <thead><tr><th scope="col">Queue</th><th scope="col">Now</th><th scope="col" className={parts.right}>Waiting</th><th scope="col" className={parts.right}>Late</th><th scope="col" className={parts.right}>Next waits</th></tr></thead>
        <tbody>
          {queues.map((queue, at) => {
            const name = textOf(queue, 'name');
            const state = states?.find((one) => one.queue === name);
            const next = tried?.find((one) => one.queue === name);
            return (
              <tr key={at}>
                <td>
                  <button type="button" className={css.open} aria-expanded={at === open} onClick={() => onOpen(at)}>{textOf(queue, 'title') || name || 'without a name'}</button>
                  {queue.default === true && <Tag>Default</Tag>}
                </td>
                <td>{state?.now ? <Now now={state.now} /> : <span className={css.faint}>{states ? 'Not live yet' : '—'}</span>}{next && <div className={css.faint}>As edited: <Now now={next.now} /></div>}</td>
                <Counts of={state} />
              </tr>
            );
          })}
          {gone.map((state) => (
            <tr key={`gone/${state.queue}`}>
              <td>{state.title || state.queue}</td>
              <td>{state.now ? <Now now={state.now} /> : <span className={css.faint}>Of an older release; what waits stays until it is done</span>}</td>
              <Counts of={state} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Counts({ of }: { of: QueueState | undefined }) {
  return (
    <>
      <td className={`${parts.right} num`}>{of ? count(of.waiting) : '—'}</td>
      <td className={`${parts.right} num`}>{of ? count(of.at_risk) : '—'}</td>
      <td className={`${parts.right} num`}>{of ? wait(of) : '—'}</td>
    </>
  );
}

function wait(state: QueueState): string {
  if (state.wait_ms === null) return 'nobody available';
  return state.wait_ms < 60_000 ? 'not' : span(state.wait_ms);
}

/** By the clock of the place, which it names. */
function Now({ now }: { now: QueueNow }) {
  if (now.open) return <span>{now.until ? `Open until ${now.until}, ${now.time_zone ?? ''}` : 'Always open'}</span>;
  return <span>{now.opens ? `Closed, opens ${now.opens}, ${now.time_zone ?? ''}` : 'Closed'}</span>;
}
