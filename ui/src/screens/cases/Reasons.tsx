import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { MessageRead, ModelAsked } from '@/api/reasonTypes';
import type { Fields } from '@/api/types';
import { costText, exactly, type Cost } from '@/lib/cost';
import { count, share, span, words } from '@/lib/format';
import { askedFor, toldOf } from '@/lib/toolCalls';
import { triggerWords } from '@/lib/triggers';
import { Time } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { DataView } from '@/parts/DataView';
import { Empty, Show } from '@/parts/States';
import { Behind, thresholdOf } from './Behind';
import css from './case.module.css';

/** Why the AI answered as it did: what it made of each message, and what a model was shown and said. */
export function Reasons({ client, id }: { client: string; id: string }) {
  const read = useQuery(q.reasons(client, id));
  const said = useQuery(q.timeline(client, id)).data?.items ?? [];
  const textOf = (message: string | null) => said.find((item) => item.kind === 'message' && item.id === message)?.body ?? undefined;
  return (
    <Show of={read}>
      {({ readings, exchanges }) => readings.length + exchanges.length === 0 ? <Empty title="No message read yet">What the AI makes of each message appears here, and why it answers so.</Empty> : (
        <>
          <ul aria-label="What the AI made of each message">{readings.map((one) => <Reading key={one.id} one={one} text={textOf(one.message)} />)}</ul>
          {exchanges.length > 0 && (
            <>
              <p className={css.head}>Language models</p>
              <ul aria-label="What language models were shown and said">{exchanges.map((one) => <Exchange key={one.id} one={one} />)}</ul>
            </>
          )}
        </>
      )}
    </Show>
  );
}

function Reading({ one, text }: { one: MessageRead; text?: string }) {
  const sure = one.confidence !== null && one.confidence >= one.threshold;
  return (
    <li className={css.effect}>
      <div className={css.effectTop}>
        <strong>{one.intent ? words(one.intent) : 'No need known yet'}</strong>
        {one.confidence !== null && <Tag tone={sure ? 'good' : 'warn'}>{`${share(one.confidence)} sure`}</Tag>}
        <span className={css.faint}><Time ms={one.at_ms} /></span>
      </div>
      {text && <p dir="auto" style={{ overflowWrap: 'anywhere' }}>“{text}”</p>}
      <ul className={css.faint}>
        <li>{one.draft ? `${words(one.agent)} read along${one.draft.by ? ` with ${one.draft.by}` : ''}; a person answered` : `${words(one.agent)}, to ${one.goal}; message ${count(one.turns)} of this goal`}</li>
        {one.confidence !== null && <li>A need counts from {share(one.threshold)}{thresholdOf(one)}: {sure ? 'it was taken as this one' : 'it was not taken as one'}</li>}
        {one.signals.length > 0 && <li>Signals: {one.signals.map((signal) => words(signal).toLowerCase()).join(', ')}</li>}
        {one.asked > 0 && <li>Asked {count(one.asked)} times before without an answer</li>}
        {(one.failures ?? 0) > 0 && <li>Calls of connected systems that had failed: {count(one.failures ?? 0)}</li>}
      </ul>
      <Behind one={one} />
      {one.draft && <p dir="auto" style={{ overflowWrap: 'anywhere' }}>{wouldHave(one.draft)}</p>}
      {one.trigger && <span><Tag tone="warn">{`Passed to a person: ${triggerWords(one.trigger)}`}</Tag></span>}
    </li>
  );
}

/** What the agent would have done with a message that a person answered. */
function wouldHave(draft: NonNullable<MessageRead['draft']>): string {
  if (draft.does === 'answer') return `Would have answered: ${draft.text ?? ''}`;
  if (draft.does === 'serve') return `Would have gone on with: ${draft.title ?? 'this need'}`;
  return draft.does === 'person' ? 'Would have passed it to a person' : 'Would have asked what is meant';
}

function Exchange({ one }: { one: ModelAsked }) {
  const [open, setOpen] = useState(false);
  const error = one.reply && typeof one.reply === 'object' ? (one.reply as Fields).error : null;
  const cost = one.cost as unknown as Cost | null;
  return (
    <li className={css.effect}>
      <div className={css.effectTop}>
        <strong>{one.model}</strong>
        <span className={css.faint}><Time ms={one.at_ms} /></span>
      </div>
      {typeof error === 'string' ? <p>Gave no reading: {error}</p> : (
        <p className={css.faint}>
          {span(one.latency_ms)}, {count(one.tokens_in)} tokens read, {count(one.tokens_out)} written{cost && <>, <span title={exactly([cost])}>{costText(cost)}</span></>}
        </p>
      )}
      <Calls one={one} />
      <button type="button" onClick={() => setOpen(!open)} aria-expanded={open} style={{ border: 0, background: 'none', padding: 0, font: 'inherit', fontSize: '0.75rem', color: 'var(--bt-accent-ink)', textAlign: 'start', cursor: 'pointer' }}>
        {open ? 'Hide' : 'Show'} what it was shown and said
      </button>
      {open && <DataView value={{ shown: one.request, said: one.reply }} />}
    </li>
  );
}

/** What the model was told of the calls before this exchange, and what it asked to call in it. */
function Calls({ one }: { one: ModelAsked }) {
  const [told, asked] = [toldOf(one.request), askedFor(one.reply)];
  if (told.length + asked.length === 0) return null;
  return (
    <ul className={css.faint} style={{ overflowWrap: 'anywhere' }}>
      {told.map((call, at) => <li key={`told ${at}`}>{call.refused ? <Tag tone="warn">{`Not done: ${words(call.name)}`}</Tag> : `Done: ${words(call.name)}`}{call.refused && <> {call.text}</>}</li>)}
      {asked.map((call, at) => <li key={`asked ${at}`}>Asked for {words(call.name)}: <code dir="ltr">{call.args}</code></li>)}
    </ul>
  );
}
