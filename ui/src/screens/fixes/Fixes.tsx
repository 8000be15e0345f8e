import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconReport } from '@tabler/icons-react';
import type { Fix, FixState } from '@/api/deskTypes';
import * as q from '@/api/queries';
import { count, words } from '@/lib/format';
import { useNames } from '@/lib/names';
import { useClients } from '@/lib/useClients';
import { useIntents } from '@/lib/useIntents';
import { Filters, Pick } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { Page } from '@/parts/Page';
import { SavedViews } from '@/parts/SavedViews';
import { Empty, Show } from '@/parts/States';
import css from './fixes.module.css';

// What was dropped is no part of the board, and is looked at by itself.
const DROPPED: { state: FixState; label: string } = { state: 'dropped', label: 'Dropped' };
export const STATES: { state: FixState; label: string }[] = [
  { state: 'open', label: 'Open' },
  { state: 'doing', label: 'Doing' },
  { state: 'testing', label: 'Testing' },
  { state: 'released', label: 'Released' },
  { state: 'kept', label: 'Kept' },
];
const oneDigit = new Intl.NumberFormat(navigator.language, { maximumFractionDigits: 1 });
export const hours = (value: number) => oneDigit.format(value);

interface Search {
  client?: string;
  intent?: string;
  state?: string;
}

/** The board: causes of failures by state, in each what would save people most first. */
export function Fixes() {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const clients = useClients();
  const all = [...STATES, DROPPED];
  const columns = all.some(({ state }) => state === search.state) ? all.filter(({ state }) => state === search.state) : STATES;
  const picked = columns === STATES ? undefined : search.state;
  const read = useQuery(q.fixes({ client: search.client, intent: search.intent, state: picked }));
  const intents = useIntents(search.client, [...(read.data?.items.map((fix) => fix.intent) ?? []), search.intent]);
  const set = (next: Partial<Search>) => void navigate({ to: '/fixes', search: { ...search, ...next }, replace: true });
  return (
    <Page
      title="Fixes"
      sub="What failed, why, and what removes the cause"
      tools={
        <Filters>
          <Pick label="Client" value={search.client} onPick={(client) => set({ client })} options={clients.options} all="All clients" />
          <Pick label="Intent" value={search.intent} onPick={(intent) => set({ intent })} options={intents} all="Any intent" />
          <Pick label="State" value={picked} onPick={(state) => set({ state })} options={all.map(({ state, label }) => ({ value: state, label }))} all="The board" />
          <Button size="xs" variant="default" leftSection={<IconReport size={15} aria-hidden />} renderRoot={(props) => <Link to="/fixes/week" search={{ client: search.client }} {...props} />}>Weekly review</Button>
        </Filters>
      }
    >
      <SavedViews screen="fixes" filter={{ ...search }} onPick={(kept) => void navigate({ to: '/fixes', search: kept as never })} />
      <Show of={read} rows={8}>
        {(page) => page.items.length === 0 && (picked ?? search.intent) ? <Empty title={search.intent ? 'No fix fits these filters' : 'No fix is in this state'} onAll={() => void navigate({ to: '/fixes', search: {}, replace: true })} /> : page.items.length === 0 ? <Empty title="Nothing has been tagged yet">Whoever takes a case over says with T what has to change. The same cause of the same need becomes one fix here.</Empty> : <Board fixes={page.items} columns={columns} />}
      </Show>
    </Page>
  );
}

function Board({ fixes, columns }: { fixes: Fix[]; columns: typeof STATES }) {
  return (
    <div className={css.board} tabIndex={0} role="region" aria-label="Fixes by state">
      {columns.map(({ state, label }) => {
        const column = fixes.filter((fix) => fix.state === state);
        return (
          <section key={state} className={css.column} aria-label={label}>
            <h2>{label} <span className="num">{count(column.length)}</span></h2>
            <ul>
              {column.map((fix) => <li key={`${fix.client}/${fix.id}`}><Card fix={fix} /></li>)}
            </ul>
          </section>
        );
      })}
    </div>
  );
}

function Card({ fix }: { fix: Fix }) {
  const names = useNames();
  const clients = useClients();
  return (
    <Link to="/fixes/$client/$id" params={{ client: fix.client, id: fix.id }} search={{}} className={css.card}>
      <span className={css.cardTop}><strong>{words(fix.title)}</strong><Tag tone="accent">{words(fix.fix_type)}</Tag></span>
      <span className={css.faint}>{clients.name(fix.client)} · {fix.owner ? names.member(fix.owner) : 'no owner'}</span>
      <span className={css.worth}><b className="num">{hours(fix.hours_a_month)}</b> h a month: <span className="num">{count(fix.cases)}</span> cases, <span className="num">{hours(fix.minutes)}</span> min each</span>
    </Link>
  );
}
