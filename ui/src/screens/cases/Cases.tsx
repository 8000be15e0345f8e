import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { ActorKind } from '@/api/types';
import { words } from '@/lib/format';
import { useNames } from '@/lib/names';
import { useClients } from '@/lib/useClients';
import { Filters, Pick } from '@/parts/Bits';
import { CASE_STATES } from '@/parts/Chips';
import { More } from '@/parts/More';
import { Page } from '@/parts/Page';
import { SavedViews } from '@/parts/SavedViews';
import { Empty, Show } from '@/parts/States';
import { CaseTable } from './CaseTable';

const STATES = [{ value: 'active', label: 'All open' }, { value: 'with_ai', label: 'With AI or its customer' }, ...Object.entries(CASE_STATES).map(([value, { label }]) => ({ value, label }))];
const ACTORS = [{ value: 'agent', label: 'An AI agent' }, { value: 'member', label: 'A person' }, { value: 'system', label: 'In a queue or process' }];
const TYPING_MS = 300;

export function Cases() {
  const filter = useSearch({ strict: false }) as q.CaseFilter;
  const navigate = useNavigate();
  const clients = useClients();
  const names = useNames();
  const read = useInfiniteQuery(q.cases(filter));
  const set = (next: Partial<q.CaseFilter>) => void navigate({ to: '/cases', search: { ...filter, ...next } as never, replace: true });
  const rows = read.data?.pages.flatMap((page) => page.items) ?? [];
  const intents = [...new Set([...rows.map((row) => row.intent), filter.intent])].filter((one): one is string => Boolean(one)).sort();
  const any = Object.values(filter).some(Boolean);
  return (
    <Page
      title="Cases"
      tools={
        <Filters>
          <Search value={filter.q ?? ''} onSearch={(text) => set({ q: text || undefined })} />
          <Pick label="Client" value={filter.client} onPick={(client) => set({ client })} options={clients.options} all="All clients" />
          <Pick label="State" value={filter.state} onPick={(state) => set({ state })} options={STATES} all="Any state" />
          <Pick label="Who has it" value={filter.actor_kind} onPick={(actor_kind) => set({ actor_kind, actor: undefined })} options={ACTORS} all="Anyone" />
          <Pick label="Intent" value={filter.intent} onPick={(intent) => set({ intent })} options={intents.map((value) => ({ value, label: words(value) }))} all="Any intent" />
          {filter.at_risk && <Pick label="SLA" value="1" onPick={() => set({ at_risk: undefined })} options={[{ value: '1', label: 'SLA at risk' }]} all="Any SLA" />}
          {filter.upset && <Pick label="Mood" value="1" onPick={() => set({ upset: undefined })} options={[{ value: '1', label: 'Sounds angry' }]} all="Any mood" />}
          {filter.actor && <Pick label="Actor" value={String(filter.actor)} onPick={() => set({ actor: undefined })} options={[{ value: String(filter.actor), label: names.of({ kind: (filter.actor_kind ?? 'member') as ActorKind, name: String(filter.actor) }) }]} all="Any actor" />}
        </Filters>
      }
    >
      <SavedViews screen="cases" filter={{ ...filter }} onPick={(kept) => void navigate({ to: '/cases', search: kept as never })} />
      <Show of={read} rows={12}>
        {() => rows.length === 0 ? (
          <Empty title={any ? 'No case fits these filters' : 'No cases yet'}>{any ? 'Take one of them away.' : 'They appear here when customers write.'}</Empty>
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

function Search({ value, onSearch }: { value: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  const say = useDebouncedCallback(onSearch, TYPING_MS);
  // The address changed from outside (a link, the palette): show what it says.
  if (seen !== value) {
    setSeen(value);
    setText(value);
  }
  const change = (next: string) => {
    setText(next);
    say(next);
  };
  return (
    <TextInput
      aria-label="Find cases by number, customer or words"
      placeholder="Number, customer or words"
      leftSection={<IconSearch size={15} aria-hidden />}
      rightSection={text ? <CloseButton size="sm" aria-label="Clear" onClick={() => change('')} /> : null}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      w={220}
      size="xs"
      styles={{ input: { height: 32, minHeight: 32, fontSize: '0.8125rem' } }}
    />
  );
}
