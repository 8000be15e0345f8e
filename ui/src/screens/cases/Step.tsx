import { IconArrowRightCircle, IconBolt, IconCircleCheck, IconCircleX, IconHandStop, IconPoint, IconRoute, IconSparkles, IconUser } from '@tabler/icons-react';
import { createElement, useState } from 'react';
import type { Fields, Json, TimelineItem } from '@/api/types';
import { words } from '@/lib/format';
import { useNames } from '@/lib/names';
import { permitOf, phrase } from '@/lib/phrases';
import { escalatedBy, triggerWords } from '@/lib/triggers';
import { Time } from '@/parts/Bits';
import { DataView } from '@/parts/DataView';
import { FromCase } from './FromCase';
import { Why } from './Why';
import css from './timeline.module.css';

const BAD = /(failed|refused|unknown|faulted|fault_noted)$/;
const ICONS: [RegExp, typeof IconBolt][] = [
  [/(failed|unknown|faulted|fault_noted)$/, IconCircleX],
  [/refused$|^stop/, IconHandStop],
  [/^(handoff|case\.(assigned|merged|unmerged|joined|parted|split)|work_item\.(opened|released))/, IconArrowRightCircle],
  [/^(action|approval)/, IconBolt],
  [/^(case\.(resolved|closed)|work_item\.completed|consent)/, IconCircleCheck],
  [/^run/, IconRoute],
];

export const factsOf = (item: TimelineItem): Json | undefined => {
  const data = item.data as Fields | null | undefined;
  return data && typeof data === 'object' && !Array.isArray(data) && 'facts' in data ? data.facts : item.data;
};
/** The trigger by which this step passed the case to people, where it did. */
export function passedOnBy(item: TimelineItem): string | null {
  if (item.kind === 'task') return escalatedBy(((item.data as Fields | undefined)?.detail as Fields | undefined)?.error);
  return item.title === 'run.faulted' ? escalatedBy((factsOf(item) as Fields | undefined)?.error) : null;
}
const phaseOf = (item: TimelineItem) => (item.kind === 'task' ? String((item.data as Fields | undefined)?.phase ?? '') : '');

function iconOf(item: TimelineItem, bad: boolean) {
  if (passedOnBy(item) !== null) return IconArrowRightCircle;
  const found = ICONS.find(([test]) => test.test(item.title));
  if (item.kind === 'event' && found) return found[1];
  if (bad) return IconCircleX;
  return item.actor.kind === 'agent' ? IconSparkles : item.actor.kind === 'member' ? IconUser : IconPoint;
}

/** One step that was not a message: an event, or a task of the process. Opens to what is known of it. */
export function Step({ client, item, currency }: { client: string; item: TimelineItem; currency: string }) {
  const [open, setOpen] = useState(false);
  const names = useNames();
  const facts = factsOf(item);
  const phase = phaseOf(item);
  const trigger = passedOnBy(item);
  const bad = trigger === null && (BAD.test(item.title) || phase === 'failed');
  const came = trigger ? `: passed on to people, ${triggerWords(trigger).toLowerCase()}` : phase && phase !== 'finished' ? ` (${phase})` : '';
  const says = item.kind === 'task' ? `${words(item.title)}${came}` : phrase(item.title, facts, names);
  const permit = item.kind === 'event' ? permitOf(facts) : null;
  const more = Boolean(item.body) || (facts !== null && typeof facts === 'object' && Object.keys(facts).length > 0);
  const line = (
    <>
      <span className={css.what}>{says} <span className={css.who}>· {item.actor.kind === 'agent' ? `AI ${names.of(item.actor).toLowerCase()}` : names.of(item.actor)}</span></span>
      <span className={css.when}><Time ms={item.at_ms} /></span>
    </>
  );
  return (
    <div className={css.step}>
      <span className={`${css.icon} ${bad ? css.ibad : (css[`i${item.actor.kind}`] ?? '')}`}>{createElement(iconOf(item, bad), { size: 16, stroke: 1.9, 'aria-hidden': true })}</span>
      {more ? <button type="button" className={css.line} aria-expanded={open} onClick={() => setOpen(!open)}>{line}</button> : <div className={css.line}>{line}</div>}
      {item.from && <div className={css.below}><FromCase client={client} item={item} /></div>}
      {open && (
        <div className={css.open}>
          {item.body && <p>{item.body}</p>}
          {permit && <Why permit={permit} />}
          {facts !== null && facts !== undefined && <DataView value={facts} currency={currency} />}
        </div>
      )}
    </div>
  );
}
