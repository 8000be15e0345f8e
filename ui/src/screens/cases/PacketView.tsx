import { IconArrowRightCircle, IconBulb, IconShieldCheck } from '@tabler/icons-react';
import type { Json, Packet } from '@/api/types';
import { shortTime, words } from '@/lib/format';
import { useNames } from '@/lib/names';
import { phrase } from '@/lib/phrases';
import { prose } from '@/lib/prose';
import { triggerWords } from '@/lib/triggers';
import { Meter } from '@/parts/Bits';
import { DataView } from '@/parts/DataView';
import { PacketFields } from './PacketFields';
import { Recommendation } from './Recommendation';
import css from './packet.module.css';

/** The handoff packet: why it came, what is recommended, and all that is known. */
export function PacketView({ packet, currency }: { packet: Packet; currency: string }) {
  return (
    <div className={css.packet}>
      {(packet.trigger || packet.reason) && (
        <section className={css.why}>
          <h3><IconArrowRightCircle size={15} aria-hidden /> {packet.trigger ? triggerWords(packet.trigger) : 'Why it is here'}</h3>
          {packet.reason && <p>{prose(packet.reason)}</p>}
        </section>
      )}
      {packet.recommendation !== null && packet.recommendation !== undefined && packet.recommendation !== '' && (
        <section className={css.rec}>
          <h3><IconBulb size={15} aria-hidden /> Recommended</h3>
          <Recommendation value={packet.recommendation} currency={currency} />
        </section>
      )}
      {(packet.summary || packet.goal || packet.mood) && (
        <Part title="Summary">
          {packet.summary && <p>{packet.summary}</p>}
          {packet.mood && <p style={{ color: packet.mood.startsWith('calm') ? 'var(--bt-muted)' : 'var(--bt-warn)' }}>The customer seems {words(packet.mood).toLowerCase()}.</p>}
          {packet.goal && !saidAlready(packet.goal, packet.summary) && <p style={{ color: 'var(--bt-muted)' }}>Goal: {packet.goal}</p>}
        </Part>
      )}
      <Part title="What is known">
        {typeof packet.completeness === 'number' && <Meter value={packet.completeness} label="Complete" />}
        {packet.excuse && <p style={{ color: 'var(--bt-warn)', fontSize: '0.8125rem' }}>Missing: {prose(packet.excuse)}</p>}
        <PacketFields packet={packet} currency={currency} />
        <Identity packet={packet} />
      </Part>
      <Steps packet={packet} />
      <Done packet={packet} />
      <NotAllowed items={packet.not_allowed ?? []} currency={currency} />
    </div>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return <section className={css.sec}><h3>{title}</h3>{children}</section>;
}

function Identity({ packet }: { packet: Packet }) {
  const identity = packet.identity;
  const at = identity?.at_ms ?? identity?.at;
  return (
    <p style={{ display: 'flex', gap: 6, fontSize: '0.8125rem', color: identity?.how ? 'var(--bt-good)' : 'var(--bt-warn)' }}>
      <IconShieldCheck size={15} aria-hidden />
      {identity?.how ? `Identity verified: ${words(identity.how)}${at ? `, ${shortTime(at)}` : ''}` : 'Identity not verified'}
    </p>
  );
}

/** A goal quotes the customer; where the summary quotes the same, once is enough. */
function saidAlready(goal: string, summary: string | null | undefined): boolean {
  const quoted = /“(.+)”/s.exec(goal)?.[1];
  return Boolean(quoted && summary?.includes(quoted));
}

/** A step is an event's kind or an action's name. */
const stepWords = (what: string, names: ReturnType<typeof useNames>) => (/^[a-z_]+\.[a-z_]+$/.test(what) ? phrase(what, null, names) : /^[a-z_]+$/.test(what) ? words(what) : what);

function Steps({ packet }: { packet: Packet }) {
  const names = useNames();
  const steps = packet.steps ?? [];
  if (steps.length === 0) return null;
  return (
    <Part title="Tried so far">
      <ul className={css.steps}>
        {steps.map((step, at) => (
          <li key={at}>
            <span>
              {stepWords(step.what, names)}
              {step.result !== null && step.result !== undefined && <span className={css.result}> — {typeof step.result === 'string' ? prose(step.result) : JSON.stringify(step.result)}</span>}
            </span>
            {(step.at_ms ?? step.at) && <span className={`${css.result} num`}>{shortTime((step.at_ms ?? step.at) as number)}</span>}
          </li>
        ))}
      </ul>
    </Part>
  );
}

const HAPPENED: Record<string, string> = { finished: 'done', requested: 'on its way', failed: 'failed', unknown: 'nobody knows whether it happened' };

/** What has been done in other systems already, and the articles that the answers stood on. */
function Done({ packet }: { packet: Packet }) {
  const effects = packet.effects ?? [];
  const articles = packet.articles ?? [];
  return (
    <>
      {effects.length > 0 && (
        <Part title="Done already">
          <ul className={css.steps}>
            {effects.map((one) => <li key={one.id}><span>{words(one.action)}<span className={css.result}> — {HAPPENED[one.state] ?? words(one.state)}</span></span><span className={`${css.result} num`}>{shortTime(one.at)}</span></li>)}
          </ul>
        </Part>
      )}
      {articles.length > 0 && <Part title="Answers stood on"><p className={css.result}>{articles.map(words).join(', ')}</p></Part>}
    </>
  );
}

function NotAllowed({ items, currency }: { items: Json[]; currency: string }) {
  if (items.length === 0) return null;
  return (
    <Part title="Not allowed">
      <ul className={css.not}>
        {items.map((item, at) => <li key={at}>{refusal(item) ?? <DataView value={item} currency={currency} />}</li>)}
      </ul>
    </Part>
  );
}
function refusal(item: Json): string | null {
  if (typeof item === 'string') return prose(item);
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return null;
  const reason = item.reason ?? item.detail;
  const action = item.action;
  return typeof reason === 'string' ? (typeof action === 'string' ? `${words(action)}: ${prose(reason)}` : prose(reason)) : null;
}
