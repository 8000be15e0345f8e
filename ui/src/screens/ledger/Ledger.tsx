import { Button, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconSearch, IconShieldCheck, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { LedgerEntry } from '@/api/types';
import { useMembers, useNames } from '@/lib/names';
import { KIND_GROUPS } from '@/lib/phrases';
import { useClients } from '@/lib/useClients';
import { Filters, Pick } from '@/parts/Bits';
import { More } from '@/parts/More';
import { Page } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import { Entry } from './Entry';
import { Seal } from './Seal';
import css from './ledger.module.css';

const TYPING_MS = 300;
interface Search extends q.LedgerFilter { entry?: string }

export function Ledger() {
  const { entry, ...filter } = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const clients = useClients();
  const [verifying, setVerifying] = useState(false);
  const read = useInfiniteQuery(q.ledger(filter));
  const set = (next: Partial<Search>) => void navigate({ to: '/ledger', search: { ...filter, entry, ...next } as never, replace: true });
  const rows = read.data?.pages.flatMap((page) => page.items) ?? [];
  const kinds = filter.kind && !KIND_GROUPS.some((one) => one.value === filter.kind) ? [...KIND_GROUPS, { value: filter.kind, label: filter.kind }] : KIND_GROUPS;
  const sealed = filter.client ?? clients.list[0]?.id;
  return (
    <Page
      title="Ledger"
      sub="Who did what, and why it was allowed"
      tools={
        <Filters>
          <Text label="Find text in the ledger" placeholder="Text" value={filter.q} onText={(text) => set({ q: text })} />
          <Pick label="Client" value={filter.client} onPick={(client) => set({ client })} options={clients.options} all="All clients" />
          <Pick label="Kind" value={filter.kind} onPick={(kind) => set({ kind })} options={kinds} all="Any kind" />
          <Actors value={filter.actor} rows={rows} onPick={(actor) => set({ actor })} />
          {filter.case && <Button size="xs" variant="light" rightSection={<IconX size={13} aria-hidden />} onClick={() => set({ case: undefined })} aria-label="Show all cases">One case</Button>}
          <Button size="xs" variant="default" leftSection={<IconShieldCheck size={15} aria-hidden />} onClick={() => setVerifying(true)} disabled={!sealed}>Verify</Button>
        </Filters>
      }
    >
      {verifying && sealed && <Seal key={sealed} client={sealed} name={clients.name(sealed)} onClose={() => setVerifying(false)} />}
      <Show of={read} rows={14}>
        {() => rows.length === 0 ? <Empty title="Nothing in the ledger fits">Take a filter away, or look at another client.</Empty> : (
          <>
            <ul className={css.list} aria-label="Entries, newest first">
              {rows.map((row) => <Entry key={row.id} entry={row} open={row.id === entry} onToggle={() => set({ entry: row.id === entry ? undefined : row.id })} />)}
            </ul>
            <More of={read} />
          </>
        )}
      </Show>
    </Page>
  );
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

function Text({ label, placeholder, value, onText }: { label: string; placeholder: string; value: string | undefined; onText: (text: string | undefined) => void }) {
  const [text, setText] = useState(value ?? '');
  const [seen, setSeen] = useState(value);
  const say = useDebouncedCallback((next: string) => onText(next || undefined), TYPING_MS);
  if (seen !== value) {
    setSeen(value);
    setText(value ?? '');
  }
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      value={text}
      leftSection={<IconSearch size={15} aria-hidden />}
      onChange={(event) => { setText(event.currentTarget.value); say(event.currentTarget.value); }}
      w={170}
      size="xs"
      styles={{ input: { height: 32, minHeight: 32, fontSize: '0.8125rem' } }}
    />
  );
}
