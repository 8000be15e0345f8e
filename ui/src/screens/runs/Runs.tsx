import { Button } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconCalendarTime, IconMailX } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import * as q from '@/api/queries';
import type { RunStatus } from '@/api/runTypes';
import { words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Filters, Pick } from '@/parts/Bits';
import { Find } from '@/parts/Find';
import { More } from '@/parts/More';
import { Page } from '@/parts/Page';
import { SavedViews } from '@/parts/SavedViews';
import { Empty, Show } from '@/parts/States';
import { ManyDialog } from './ManyDialog';
import { RunTable } from './RunTable';
import { Totals } from './Totals';
import { AGES, ageOf, STATUSES, WAITS, type Search } from './words';
import css from './runs.module.css';

/** What the address asks for, as the list takes it; an age is counted from the minute at which the screen was opened. */
function filterOf({ age, ...search }: Search, now: number): q.RunFilter {
  return { ...search, ...ageOf(age, now) };
}

export function Runs() {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const clients = useClients();
  const [opened] = useState(() => Math.floor(Date.now() / 60_000) * 60_000);
  const [many, setMany] = useState(false);
  const filter = useMemo(() => filterOf(search, opened), [search, opened]);
  const read = useInfiniteQuery(q.runs(filter));
  const counts = useQuery(q.runCounts(search.client));
  const released = useQuery(q.runVersions(search.client, search.process));
  const set = (next: Partial<Search>) => void navigate({ to: '/runs', search: { ...search, ...next } as never, replace: true });
  const rows = read.data?.pages.flatMap((page) => page.items) ?? [];
  const names = [...new Set([...(counts.data?.items.map((one) => one.process) ?? []), search.process])].filter((one): one is string => Boolean(one)).sort();
  const versions = [...new Set([...(released.data?.items ?? []), search.version])].filter((one): one is string => Boolean(one)).sort();
  const any = Object.values(search).some(Boolean);
  return (
    <Page
      title="Runs"
      sub="What runs, what waits and for whom, and what has stopped"
      tools={
        <Filters>
          <Find label="Find in the data of runs" placeholder="Order, key, any value" value={search.q} onFind={(text) => set({ q: text })} />
          <Find label="Find runs that wait for an event with a value" placeholder="Waits for event with" value={search.correlation} onFind={(text) => set({ correlation: text })} />
          <Pick label="Client" value={search.client} onPick={(client) => set({ client })} options={clients.options} all="All clients" />
          <Pick label="Process" value={search.process} onPick={(process) => set({ process, version: undefined })} options={names.map((value) => ({ value, label: words(value) }))} all="Any process" />
          <Pick label="Status" value={search.status} onPick={(status) => set({ status })} options={STATUSES} all="Any status" />
          <Pick label="Waits for" value={search.waits_on} onPick={(waits_on) => set({ waits_on })} options={WAITS} all="Whatever it waits for" />
          <Pick label="Started" value={search.age} onPick={(age) => set({ age })} options={AGES} all="Any age" />
          <Find label="Find in the errors of runs" placeholder="Error" value={search.error} onFind={(text) => set({ error: text })} />
          {search.failed_at && <Pick label="Failed at" value={search.failed_at} onPick={() => set({ failed_at: undefined })} options={[{ value: search.failed_at, label: `Failed at ${words(search.failed_at.split('/').pop() ?? search.failed_at)}` }]} all="Wherever it failed" />}
          {versions.length > 0 && <Pick label="Version" value={search.version} onPick={(version) => set({ version })} options={versions.map((value) => ({ value, label: `Version ${value}` }))} all="Any version" />}
          {search.case && <Pick label="Case" value={search.case} onPick={() => set({ case: undefined })} options={[{ value: search.case, label: 'One case' }]} all="Any case" />}
          {search.parent && <Pick label="Parent" value={search.parent} onPick={() => set({ parent: undefined })} options={[{ value: search.parent, label: 'Started by one run' }]} all="Any parent" />}
          <Button component={Link} to="/runs/schedules" size="xs" variant="default" leftSection={<IconCalendarTime size={15} aria-hidden />}>Schedules</Button>
          <Button component={Link} to="/runs/dead" size="xs" variant="default" leftSection={<IconMailX size={15} aria-hidden />}>Dead letters</Button>
        </Filters>
      }
    >
      <div className={css.screen}>
        <Totals counts={counts.data} status={search.status as RunStatus | undefined} process={search.process} onPick={(status) => set({ status })} />
        <div className={css.bar}>
          <SavedViews screen="runs" filter={{ ...search }} onPick={(kept) => void navigate({ to: '/runs', search: kept as never })} />
          <Button size="xs" variant="default" disabled={!search.client || rows.length === 0} title={search.client ? undefined : 'Pick one client first'} onClick={() => setMany(true)}>Operate all that fit…</Button>
        </div>
        <Show of={read} rows={12}>
          {() => rows.length === 0 && !read.hasNextPage ? (
            <Empty title={any ? 'No run fits these filters' : 'Nothing has run yet'} onAll={any ? () => void navigate({ to: '/runs', search: {}, replace: true }) : undefined}>{any ? undefined : 'Runs appear here when cases come in.'}</Empty>
          ) : (
            <>
              {rows.length > 0 ? <RunTable rows={rows} /> : <Empty title="Nothing found so far">There is more to look through.</Empty>}
              <More of={read} />
            </>
          )}
        </Show>
      </div>
      {many && search.client && <ManyDialog client={search.client} where={filter} onClose={() => setMany(false)} />}
    </Page>
  );
}
