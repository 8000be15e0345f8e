import { Button, SegmentedControl } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import * as q from '@/api/queries';
import type { Fields, TimelineItem } from '@/api/types';
import { day } from '@/lib/format';
import { useKeys } from '@/lib/keys';
import { effectOf } from '@/lib/phrases';
import { useInAddress } from '@/lib/useInAddress';
import { Empty, Show } from '@/parts/States';
import { Message } from './Message';
import { NoteLine } from './NoteLine';
import { factsOf, passedOnBy, Step } from './Step';
import { useEnd } from './useEnd';
import { useTranslations, type Translations } from './useTranslations';
import css from './timeline.module.css';

interface Props {
  client: string;
  id: string;
  currency: string;
  customer?: string;
  /** A model is configured that translates for the reader. */
  translates?: boolean;
}

const WHAT = [{ value: 'story', label: 'Story' }, { value: 'message', label: 'Messages' }, { value: 'all', label: 'Every step' }];

/** All that happened in a case, in order: what was said, what was done, what was decided. */
export function Timeline({ client, id, currency, customer, translates }: Props) {
  const read = useQuery(q.timeline(client, id));
  const translations = useTranslations(client, id);
  const last = read.data?.items.findLast((item) => item.kind === 'message' && item.actor.kind === 'customer')?.id;
  useKeys(translates && last ? { l: () => translations.toggle(last) } : {});
  const [asked, setWhat] = useInAddress('steps', 'story');
  const what = WHAT.some((one) => one.value === asked) ? asked : 'story';
  return (
    <>
      <div className={css.tools}>
        <SegmentedControl size="xs" value={what} onChange={setWhat} aria-label="What the timeline shows" data={WHAT} />
      </div>
      <Show of={read}>
        {(page) => <Rows key={what} items={merged(page.items).filter((item) => shown(item, what))} client={client} currency={currency} customer={customer} of={{ client, id }} translations={translates ? translations : undefined} last={last} />}
      </Show>
    </>
  );
}

/** A call and its outcome told as one: the outcome, with the permit of the call; a task once it ended. */
function merged(items: TimelineItem[]): TimelineItem[] {
  const asked = new Map<string, TimelineItem>();
  const ended = new Set<string>();
  for (const item of items) {
    const effect = item.kind === 'event' ? effectOf(factsOf(item)) : null;
    if (effect && item.title === 'action.requested') asked.set(effect, item);
    else if (effect) ended.add(effect);
  }
  const done = new Set(items.flatMap((item) => (item.kind === 'task' && taskOf(item).phase !== 'started' ? [key(item)] : [])));
  return items.flatMap((item) => {
    if (item.kind === 'task') return taskOf(item).phase === 'started' && done.has(key(item)) ? [] : [item];
    const effect = item.kind === 'event' ? effectOf(factsOf(item)) : null;
    if (!effect) return [item];
    if (item.title === 'action.requested') return ended.has(effect) ? [] : [item];
    const call = asked.get(effect);
    return call ? [{ ...item, data: { facts: { ...(factsOf(call) as Fields), ...(factsOf(item) as Fields) } } }] : [item];
  });
}

const taskOf = (item: TimelineItem) => (item.data ?? {}) as { run?: string; task?: string; phase?: string };
const key = (item: TimelineItem) => `${taskOf(item).run}${taskOf(item).task}`;

// The story leaves out what only the process itself cares about, and the steps by which it passed the case on: the handoff says that.
function shown(item: TimelineItem, what: string): boolean {
  if (what === 'all' || item.kind === 'message') return true;
  if (item.kind === 'note') return what === 'story';
  if (passedOnBy(item) !== null) return false;
  return what === 'story' && (item.kind === 'event' ? !item.title.startsWith('run.started') : taskOf(item).phase === 'failed');
}

interface RowsProps {
  items: TimelineItem[];
  client: string;
  currency: string;
  customer?: string;
  of: { client: string; id: string };
  translations?: Translations;
  /** The customer's last message: the one that the key translates. */
  last?: string;
}
function Rows({ items, client, currency, customer, of, translations, last: keyed }: RowsProps) {
  const last = items.at(-1)?.id;
  const { end, below, show } = useEnd(last);
  if (items.length === 0) return <Empty title="Nothing here yet" />;
  return (
    <>
      <div className={css.list} role="log" aria-label="Timeline of the case" aria-live="polite" aria-relevant="additions">
        {items.map((item, at) => {
          const today = day(item.at_ms);
          const before = items[at - 1];
          return (
            <div key={`${item.kind}/${item.id}/${at}`} style={{ display: 'contents' }}>
              {(!before || day(before.at_ms) !== today) && <div className={css.day}>{today}</div>}
              {item.kind === 'message' ? <Message item={item} customer={customer} of={of} translations={translations} keyed={item.id === keyed} /> : item.kind === 'note' ? <NoteLine client={client} item={item} /> : <Step client={client} item={item} currency={currency} />}
            </div>
          );
        })}
        <div ref={end} />
      </div>
      {below && <div className={css.newest}><Button size="compact-xs" onClick={show}>New below</Button></div>}
    </>
  );
}
