import type { Change } from '@/api/performance';
import { share, words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Panel } from '@/parts/Page';
import { Empty } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import { orNone, points } from './figures';
import { NO_INTENT } from './links';
import css from './performance.module.css';

const ROWS_MAX = 8;

/** Why the share of resolutions changed: because intents go better or worse, or because others come in. */
export function Changed({ change }: { change: Change | null }) {
  return (
    <Panel title="What changed: how it goes, or what comes in">
      {change ? <Parts change={change} /> : <Empty title="Nothing to compare">One of the two times has no AI attempt.</Empty>}
    </Panel>
  );
}

function Parts({ change }: { change: Change }) {
  const clients = useClients();
  const size = (one: { rate_effect: number; mix_effect: number }) => Math.abs(one.rate_effect) + Math.abs(one.mix_effect);
  const rows = [...change.parts].sort((a, b) => size(b) - size(a)).slice(0, ROWS_MAX);
  return (
    <>
      <div className={css.pad}>
        <p>
          Resolved by AI went from <b className="num">{share(change.before)}</b> to <b className="num">{share(change.now)}</b>: <b className="num">{points(change.delta)}</b>. Of
          these <b className="num">{points(change.rate_effect)}</b> because intents go better or worse, and <b className="num">{points(change.mix_effect)}</b> because others come in. If
          the same came in as before, it would be <b className="num">{share(change.at_the_mix_before)}</b>.
        </p>
      </div>
      <div className={css.scroll} tabIndex={0} role="region" aria-label="What changed, by intent">
        <table className={parts.table}>
          <thead><tr><th scope="col">Intent</th><th scope="col">Client</th><th scope="col" className={parts.right}>Resolved before</th><th scope="col" className={parts.right}>Now</th><th scope="col" className={parts.right}>By how it goes</th><th scope="col" className={parts.right}>By how often it comes</th></tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.client}/${row.intent ?? NO_INTENT}`}>
                <th scope="row" className={css.rowHead}>{row.intent ? words(row.intent) : 'Not recognised'}</th>
                <td>{clients.name(row.client)}</td>
                <td className={`${parts.right} num`}>{orNone(row.rate_before, share)}</td>
                <td className={`${parts.right} num`}>{orNone(row.rate_now, share)}</td>
                <td className={`${parts.right} num`}>{points(row.rate_effect)}</td>
                <td className={`${parts.right} num`}>{points(row.mix_effect)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
