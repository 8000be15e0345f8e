import { Button, Switch } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconShieldCheck, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { LedgerEntry } from '@/api/types';
import { dayMs } from '@/lib/days';
import { useMembers, useNames } from '@/lib/names';
import { KIND_GROUPS } from '@/lib/phrases';
import { useClients } from '@/lib/useClients';
import { Filters, Pick } from '@/parts/Bits';
import { DayPick } from '@/parts/DayPick';
import { Find } from '@/parts/Find';
import { More } from '@/parts/More';
import { Page } from '@/parts/Page';
import { SavedViews } from '@/parts/SavedViews';
import { Empty, Failure, Show } from '@/parts/States';
import { VirtualList } from '@/parts/VirtualList';
import { Entry } from './Entry';
import { Seal } from './Seal';
import { useConfiguration } from './useConfiguration';
import css from './ledger.module.css';

const ROW_PX = 38;
interface Search extends q.LedgerFilter { entry?: string; configuration?: string; from?: string; to?: string }

export function Ledger() {
  const { entry, configuration, from, to, ...filter } = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const clients = useClients();
  const [verifying, setVerifying] = useState(false);
  const read = useInfiniteQuery(q.ledger({ ...filter, from_ms: dayMs(from), to_ms: dayMs(to, 1) }));
  const set = (next: Partial<Search>) => void navigate({ to: '/ledger', search: { ...filter, from, to, configuration, entry, ...next } as never, replace: true });
  const found = read.data?.pages.flatMap((page) => page.items) ?? [];
  // Beside other filters it would be what nobody asked for.
  const narrowed = Boolean(filter.kind ?? filter.actor ?? filter.q ?? from ?? to);
  const any = narrowed || Boolean(filter.client ?? filter.case);
  const around = useConfiguration(configuration && !narrowed ? filter.client : undefined, filter.case);
  const rows = together(found, around.items, read.hasNextPage);
  const kinds = filter.kind && !KIND_GROUPS.some((one) => one.value === filter.kind) ? [...KIND_GROUPS, { value: filter.kind, label: filter.kind }] : KIND_GROUPS;
  const sealed = filter.client ?? clients.list[0]?.id;
  return (
    <Page
      title="Ledger"
      sub="Who did what, and why it was allowed"
      tools={
        <Filters>
          <SavedViews screen="ledger" filter={{ ...filter, from, to, configuration }} onPick={(kept) => void navigate({ to: '/ledger', search: kept as never })} />
          <Find label="Find text in the ledger" placeholder="Text" value={filter.q} onFind={(text) => set({ q: text })} width={170} />
          <Pick label="Client" value={filter.client} onPick={(client) => set({ client })} options={clients.options} all="All clients" />
          <Pick label="Kind" value={filter.kind} onPick={(kind) => set({ kind })} options={kinds} all="Any kind" />
          <DayPick label="From day" value={from} onPick={(day) => set({ from: day })} />
          <DayPick label="To day" value={to} onPick={(day) => set({ to: day })} />
          <Actors value={filter.actor} rows={rows} onPick={(actor) => set({ actor })} />
          {filter.case && <Button size="xs" variant="light" rightSection={<IconX size={13} aria-hidden />} onClick={() => set({ case: undefined, configuration: undefined })} aria-label="Show all cases">One case</Button>}
          {filter.case && filter.client && !narrowed && <Switch size="xs" label="With the configuration of its time" checked={Boolean(configuration)} onChange={(event) => set({ configuration: event.currentTarget.checked ? '1' : undefined })} />}
          <Button size="xs" variant="default" leftSection={<IconShieldCheck size={15} aria-hidden />} onClick={() => setVerifying(true)} disabled={!sealed}>Verify</Button>
        </Filters>
      }
    >
      {around.error !== null && <Failure error={around.error} />}
      {verifying && sealed && <Seal key={sealed} client={sealed} name={clients.name(sealed)} onClose={() => setVerifying(false)} />}
      <Show of={read} rows={14}>
        {() => rows.length === 0 ? <Empty title={any ? 'Nothing in the ledger fits' : 'Nothing has happened yet'} onAll={any ? () => void navigate({ to: '/ledger', search: {}, replace: true }) : undefined} /> : (
          <>
            <VirtualList label="Entries, newest first" rows={rows} keyOf={(row) => row.id} draw={(row) => <Entry entry={row} open={row.id === entry} onToggle={() => set({ entry: row.id === entry ? undefined : row.id })} />} height={ROW_PX} className={css.list} rowClass={css.row} />
            <More of={read} />
          </>
        )}
      </Show>
    </Page>
  );
}

/** One line of events, newest first: what happened in a case, and what was set up meanwhile. Of that, nothing stands before what is loaded. */
function together(found: LedgerEntry[], around: LedgerEntry[], more: boolean): LedgerEntry[] {
  const last = found.at(-1);
  const within = around.filter((entry) => !more || !last || entry.at_ms >= last.at_ms);
  return within.length === 0 ? found : [...found, ...within].sort((a, b) => b.at_ms - a.at_ms || (a.id < b.id ? 1 : -1));
}

/** Actors seen in the entries, and all members: the ledger knows them by id, people by name. */
function Actors({ value, rows, onPick }: { value: string | undefined; rows: LedgerEntry[]; onPick: (actor: string | undefined) => void }) {
  const names = useNames();
  const { data } = useMembers();
  const found = new Map<string, string>();
  for (const { actor } of rows) found.set(actor.id ?? actor.name, names.of(actor));
  for (const member of data?.items ?? []) found.set(member.id, member.name);
  if (value && !found.has(value)) found.set(value, names.member(value));
  const options = [...found].map(([id, label]) => ({ value: id, label })).sort((a, b) => a.label.localeCompare(b.label));
  return <Pick label="Actor" value={value} onPick={onPick} options={options} all="Any actor" />;
}
