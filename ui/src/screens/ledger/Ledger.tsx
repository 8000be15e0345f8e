import { Button, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconSearch, IconShieldCheck, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import * as q from '@/api/queries';
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
          <Text label="Find text in the ledger" placeholder="Text" value={filter.q} onText={(text) => set({ q: text })} icon />
          <Pick label="Client" value={filter.client} onPick={(client) => set({ client })} options={clients.options} all="All clients" />
          <Pick label="Kind" value={filter.kind} onPick={(kind) => set({ kind })} options={kinds} all="Any kind" />
          <Text label="Actor: an agent, a member's id, a system" placeholder="Actor" value={filter.actor} onText={(actor) => set({ actor })} />
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

function Text({ label, placeholder, value, onText, icon }: { label: string; placeholder: string; value: string | undefined; onText: (text: string | undefined) => void; icon?: boolean }) {
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
      leftSection={icon ? <IconSearch size={15} aria-hidden /> : undefined}
      onChange={(event) => { setText(event.currentTarget.value); say(event.currentTarget.value); }}
      w={icon ? 170 : 130}
      size="xs"
      styles={{ input: { height: 32, minHeight: 32, fontSize: '0.8125rem' } }}
    />
  );
}
