import { Link } from '@tanstack/react-router';
import type { Proof, ProvenCall } from '@/api/rulesTypes';
import { words } from '@/lib/format';
import { Tag, type Tone } from '@/parts/Chips';
import { DataView } from '@/parts/DataView';
import css from './proofs.module.css';

const OUTCOMES: Record<Proof['outcome'], { label: string; tone: Tone }> = {
  proven: { label: 'Proven', tone: 'good' },
  refuted: { label: 'Refuted', tone: 'bad' },
  undecided: { label: 'Not decided', tone: 'warn' },
  no_solver: { label: 'Not proven', tone: 'warn' },
};

/** What policies must never let through, each with whether it is proven; a call that is let through stands below it. */
export function Proofs({ client, items }: { client: string; items: Proof[] }) {
  return (
    <ul className={css.list} aria-label="Properties">
      {items.map((proof) => (
        <li key={proof.id}>
          <p className={css.line}>
            <Tag tone={OUTCOMES[proof.outcome].tone}>{OUTCOMES[proof.outcome].label}</Tag>
            <strong>{proof.says}</strong>
            <Link to="/blueprint" search={{ client, file: proof.file, line: String(proof.line) }}>{proof.id}</Link>
          </p>
          {proof.outcome === 'proven' && <p className={css.side}>Of {proof.kinds} kinds of calls none that it forbids is let through by the policies.</p>}
          {proof.why && <p className={css.side}>{proof.why}</p>}
          {proof.call && <Call call={proof.call} />}
        </li>
      ))}
    </ul>
  );
}

function Call({ call }: { call: ProvenCall }) {
  const roles = call.roles.length > 0 ? ` (${call.roles.map(words).join(', ')})` : '';
  return (
    <section className={css.call} aria-label="A call that is let through">
      <p>
        This call is let through: <code>{call.actor}</code>{roles} calls <code>{call.action}</code> for <code>{call.client}</code>
        {call.case_id ? <>, case <code>{call.case_id}</code></> : ', about no case'}.
      </p>
      <h3>Arguments</h3>
      <DataView value={call.args} />
      <h3>What the policies see</h3>
      <DataView value={call.context} />
      <p>By {call.policies.join(', ')}{call.approval && `, once a ${words(call.approval)} has approved it`}.</p>
      {call.table && <p>The decision table, which is asked besides, says: {call.table}</p>}
    </section>
  );
}
