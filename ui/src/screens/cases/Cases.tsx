import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import * as q from '@/api/queries';
import type { ActorKind } from '@/api/types';
import { shortTime } from '@/lib/format';
import { useNames } from '@/lib/names';
import { useClients } from '@/lib/useClients';
import { useIntents } from '@/lib/useIntents';
import { Filters, Pick } from '@/parts/Bits';
import { CASE_STATES } from '@/parts/Chips';
import { Find } from '@/parts/Find';
import { More } from '@/parts/More';
import { Page } from '@/parts/Page';
import { SavedViews } from '@/parts/SavedViews';
import { Empty, Show } from '@/parts/States';
import { CaseTable } from './CaseTable';

const STATES = [{ value: 'active', label: 'All open' }, { value: 'with_ai', label: 'With AI or its customer' }, ...Object.entries(CASE_STATES).map(([value, { label }]) => ({ value, label }))];
const ACTORS = [{ value: 'agent', label: 'An AI agent' }, { value: 'member', label: 'A person' }, { value: 'system', label: 'In a queue or process' }];
const ENDED_BY = [{ value: '1', label: 'Ended by a person' }, { value: '0', label: 'Ended by AI' }];

export function Cases() {
  const filter = useSearch({ strict: false }) as q.CaseFilter;
  const navigate = useNavigate();
  const clients = useClients();
  const names = useNames();
  const read = useInfiniteQuery(q.cases(filter));
  const set = (next: Partial<q.CaseFilter>) => void navigate({ to: '/cases', search: { ...filter, ...next } as never, replace: true });
  const rows = read.data?.pages.flatMap((page) => page.items) ?? [];
  const intents = useIntents(filter.client, [...rows.map((row) => row.intent), filter.intent]);
  const any = Object.values(filter).some(Boolean);
  return (
    <Page
      title="Cases"
      tools={
        <Filters>
          <Find label="Find cases by number, customer or words" placeholder="Number, customer or words" value={filter.q} onFind={(text) => set({ q: text })} width={220} />
          <Pick label="Client" value={filter.client} onPick={(client) => set({ client })} options={clients.options} all="All clients" />
          <Pick label="State" value={filter.state} onPick={(state) => set({ state })} options={STATES} all="Any state" />
          <Pick label="Who has it" value={filter.actor_kind} onPick={(actor_kind) => set({ actor_kind, actor: undefined })} options={ACTORS} all="Anyone" />
          <Pick label="Intent" value={filter.intent} onPick={(intent) => set({ intent })} options={intents} all="Any intent" />
          {filter.at_risk && <Pick label="SLA" value="1" onPick={() => set({ at_risk: undefined })} options={[{ value: '1', label: 'SLA at risk' }]} all="Any SLA" />}
          {filter.upset && <Pick label="Mood" value="1" onPick={() => set({ upset: undefined })} options={[{ value: '1', label: 'Sounds angry' }]} all="Any mood" />}
          {filter.closed_from_ms && <Pick label="Ended" value="1" onPick={() => set({ closed_from_ms: undefined })} options={[{ value: '1', label: `Ended since ${shortTime(Number(filter.closed_from_ms))}` }]} all="Whenever it ended" />}
          {filter.closed_today && <Pick label="Ended today" value="1" onPick={() => set({ closed_today: undefined })} options={[{ value: '1', label: 'Ended today, where the client is' }]} all="Whenever it ended" />}
          {filter.ended_by_person && <Pick label="Who ended it" value={String(filter.ended_by_person)} onPick={(ended_by_person) => set({ ended_by_person })} options={ENDED_BY} all="Whoever ended it" />}
          {filter.actor && <Pick label="Actor" value={String(filter.actor)} onPick={() => set({ actor: undefined })} options={[{ value: String(filter.actor), label: names.of({ kind: (filter.actor_kind ?? 'member') as ActorKind, name: String(filter.actor) }) }]} all="Any actor" />}
        </Filters>
      }
    >
      <SavedViews screen="cases" filter={{ ...filter }} onPick={(kept) => void navigate({ to: '/cases', search: kept as never })} />
      <Show of={read} rows={12}>
        {() => rows.length === 0 ? (
          <Empty title={any ? 'No case fits these filters' : 'No cases yet'} onAll={any ? () => void navigate({ to: '/cases', search: {}, replace: true }) : undefined}>{any ? undefined : 'They appear here when customers write.'}</Empty>
        ) : (
          <>
            <CaseTable rows={rows} />
            <More of={read} />
          </>
        )}
      </Show>
    </Page>
  );
}
