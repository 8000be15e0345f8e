import { useQuery } from '@tanstack/react-query';
import * as p from '@/api/performance';
import { count, words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Panel } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import { Examples } from './Failures';
import { NO_INTENT } from './links';
import css from './performance.module.css';

/** Failed cases of one need in which customers wrote about the same, whatever the cause: what a fix could be about. */
export function SaidAlike({ window }: { window: p.Window }) {
  const read = useQuery(p.failures(window));
  return (
    <Panel title="What customers wrote whose cases failed">
      <Show of={read} rows={4}>
        {(found) => found.alike.length === 0 ? <Empty title="Nothing alike">No two failed cases of one intent are about the same by their words.</Empty> : (
          <ul className={css.groups}>
            {found.alike.map((need) => <li key={`${need.client}/${need.intent ?? NO_INTENT}`} className={css.group}><Need need={need} /></li>)}
          </ul>
        )}
      </Show>
    </Panel>
  );
}

function Need({ need }: { need: p.SaidOf }) {
  const clients = useClients();
  const name = need.intent ? words(need.intent) : 'Not recognised';
  return (
    <>
      <strong>{name}</strong>
      <span className={css.faint}>{clients.name(need.client)} · <b className="num">{count(need.compared)}</b> of <b className="num">{count(need.cases)}</b> failed cases compared, <b className="num">{count(need.alone)}</b> like no other</span>
      {need.groups.map((group) => {
        // Words that only one customer used are shown of nobody.
        const about = group.words.length > 0 ? `about “${group.words.join(', ')}”` : 'of one customer, about the same';
        return (
          <details key={group.examples[0]?.case ?? about}>
            <summary><b className="num">{count(group.cases)}</b> {about} <span className={css.faint}>· {causes(group.causes)}</span></summary>
            <Examples client={need.client} cases={group.examples} />
          </details>
        );
      })}
    </>
  );
}

const causes = (all: Record<string, number>) =>
  Object.entries(all).sort((a, b) => b[1] - a[1]).map(([cause, cases]) => `${words(cause).toLowerCase()} ${count(cases)}`).join(', ');
