import { Button, SegmentedControl } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconArrowBigDownLine } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import * as q from '@/api/queries';
import type { WorkItem } from '@/api/types';
import { useKeys } from '@/lib/keys';
import { useClients } from '@/lib/useClients';
import { focusIsLost } from '@/lib/useFocusKept';
import { useIntents } from '@/lib/useIntents';
import { Key, Pick } from '@/parts/Bits';
import { WORK_KINDS } from '@/parts/Chips';
import { More } from '@/parts/More';
import { SavedViews } from '@/parts/SavedViews';
import { Empty, Failure, Loading } from '@/parts/States';
import { Offers } from './Offers';
import { refOf, QueueList } from './QueueList';
import { useDesk } from './useDesk';
import { WorkPane } from './WorkPane';
import css from './desk.module.css';

interface Search { client?: string; queue?: string; kind?: string; intent?: string; view?: string; item?: string }

// "Approval" alone is the inbox of whoever approves.
const KINDS = Object.entries(WORK_KINDS).map(([value, label]) => ({ value, label }));

export function Desk() {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const desk = useDesk();
  const wide = useMediaQuery('(min-width: 761px)', true, { getInitialValueInEffect: false });
  const mineOnly = search.view === 'mine';
  const claimed = useInfiniteQuery(q.workItems({ mine: 1, state: 'claimed', client: search.client, kind: search.kind, intent: search.intent }));
  const open = useInfiniteQuery(q.workItems({ state: 'waiting', client: search.client, queue: search.queue, kind: search.kind, intent: search.intent }));
  const mine = claimed.data?.pages.flatMap((page) => page.items) ?? [];
  // What one has already is shown alone, and the next is still to be had.
  const takeable = open.data?.pages.flatMap((page) => page.items) ?? [];
  const waiting = mineOnly ? [] : takeable;
  const all = [...mine, ...waiting];

  const set = (next: Partial<Search>) => void navigate({ to: '/desk', search: { ...search, ...next }, replace: true });
  const pick = (item: WorkItem | undefined) => set({ item: item ? refOf(item) : undefined });
  const at = all.findIndex((item) => refOf(item) === search.item);
  const first = all[0];
  useEffect(() => {
    if (wide && !search.item && first) pick(first);
  });
  const take = () => desk.takeNext.mutate(takeable, { onSuccess: (item) => { if (item) pick(item); } });
  useKeys({ j: () => pick(all[Math.min(at + 1, all.length - 1)]), k: () => pick(all[Math.max(at - 1, 0)]), n: take });

  const failed = claimed.error ?? open.error;
  const ready = claimed.data && (mineOnly || open.data);
  const work = useRef<HTMLElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const had = useRef(search.item);
  // Back at the list, where there is room for one of the two: the button that led back is gone.
  useEffect(() => {
    if (!wide && had.current && !search.item && focusIsLost()) list.current?.focus();
    had.current = search.item;
  }, [wide, search.item]);
  // What is next is picked, and the focus goes to it: the button that was pressed is gone with what it decided.
  const done = () => {
    const rest = all.filter((_, index) => index !== at);
    pick(rest[Math.max(0, at)] ?? rest[0]);
    work.current?.focus();
  };
  const part = mineOnly || [search.client, search.queue, search.kind, search.intent].some(Boolean);
  const [client, id] = search.item?.split('/') ?? [];
  const shown = all[at];
  return (
    <div className={css.desk} data-work={search.item ? '' : undefined}>
      {/* J and K move no focus: what they come to is said. */}
      <div className="vh" role="status">{shown && <Said key={refOf(shown)} words={`${shown.title}, ${at + 1} of ${all.length}${open.hasNextPage && !mineOnly ? ' and more' : ''}`} />}</div>
      <div className={css.queue}>
        <div className={css.queueHead}>
          <div className={css.queueTop}>
            <h1>Desk</h1>
            <Button size="xs" onClick={take} loading={desk.takeNext.isPending} disabled={takeable.length === 0} leftSection={<IconArrowBigDownLine size={15} aria-hidden />} rightSection={<Key>n</Key>}>Take next</Button>
          </div>
          <Choice search={search} set={set} />
          <SavedViews screen="desk" filter={{ client: search.client, queue: search.queue, kind: search.kind, intent: search.intent, view: search.view }} onPick={(kept) => void navigate({ to: '/desk', search: kept as never })} />
        </div>
        <div className={css.items} data-scrolls ref={list} tabIndex={-1}>
          <Offers onTaken={(offer) => set({ item: `${offer.client}/${offer.item}` })} />
          {failed && !ready ? <Failure error={failed} retry={() => { void claimed.refetch(); void open.refetch(); }} /> : !ready ? <Loading rows={9} /> : <QueueList mine={mine} waiting={waiting} picked={search.item} onPick={pick} more={mineOnly ? null : <More of={open} />} partial={!mineOnly && open.hasNextPage} onAll={part ? () => void navigate({ to: '/desk', search: {}, replace: true }) : undefined} />}
        </div>
        <div className={css.hint}>
          <span><Key>j</Key><Key>k</Key> move</span><span><Key>c</Key> claim</span><span><Key>r</Key> reply</span><span><Key>?</Key> all keys</span>
        </div>
      </div>
      <section className={css.work} aria-label="Work item" ref={work} tabIndex={-1}>
        {client && id ? <WorkPane key={search.item} client={client} id={id} onBack={wide ? undefined : () => pick(undefined)} onDone={done} /> : <Empty title="Pick something on the left">Or press N to take what is most urgent.</Empty>}
      </section>
    </div>
  );
}

/** Said once: that the queue has grown meanwhile is no news of what was picked. */
function Said({ words }: { words: string }) {
  const [first] = useState(words);
  return <>{first}</>;
}

function Choice({ search, set }: { search: Search; set: (next: Partial<Search>) => void }) {
  const clients = useClients();
  const queues = useQuery(q.queues);
  const intents = useIntents(search.client, [search.intent]);
  const seen = new Map<string, string>();
  for (const row of queues.data?.items ?? []) if (!search.client || row.client === search.client) seen.set(row.queue, row.title);
  useEffect(() => {
    document.title = 'Desk · Baton';
  }, []);
  return (
    <>
      <SegmentedControl size="xs" fullWidth aria-label="Which work" value={search.view === 'mine' ? 'mine' : 'all'} onChange={(view) => set({ view: view === 'mine' ? 'mine' : undefined, item: undefined })} data={[{ value: 'all', label: 'My queue' }, { value: 'mine', label: 'Claimed by me' }]} />
      <div className={css.choice}>
        <Pick label="Client" value={search.client} onPick={(client) => set({ client, item: undefined })} options={clients.options} all="All clients" />
        <Pick label="Queue" value={search.queue} onPick={(queue) => set({ queue, item: undefined })} options={[...seen].map(([value, label]) => ({ value, label }))} all="All queues" />
        <Pick label="Kind of work" value={search.kind} onPick={(kind) => set({ kind, item: undefined })} options={KINDS} all="All kinds" />
        <Pick label="Intent" value={search.intent} onPick={(intent) => set({ intent, item: undefined })} options={intents} all="Any intent" />
      </div>
    </>
  );
}
