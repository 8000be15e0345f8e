import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconHandStop } from '@tabler/icons-react';
import { useConnected } from '@/api/live';
import * as q from '@/api/queries';
import type { Floor as FloorData } from '@/api/types';
import { timeOfDay, zoneName } from '@/lib/format';
import { holds } from '@/lib/grants';
import { Filters } from '@/parts/Bits';
import { Find } from '@/parts/Find';
import { Page } from '@/parts/Page';
import { SavedViews } from '@/parts/SavedViews';
import { Show } from '@/parts/States';
import { Actors } from './Actors';
import { CameToday } from './CameToday';
import { Clients } from './Clients';
import { MAY_STOP, type Search } from './here';
import { People } from './People';
import { Queues } from './Queues';
import { Totals } from './Totals';
import css from './floor.module.css';

// Numbers that change by the clock alone (SLA at risk) are read again this often.
const REREAD_MS = 15_000;

export function Floor() {
  const read = useQuery({ ...q.floor, refetchInterval: REREAD_MS });
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const set = (next: Partial<Search>) => void navigate({ to: '/floor', search: { ...search, ...next } as never, replace: true });
  const find = <Filters><Find label="Find a person or an agent by name" placeholder="Name" value={search.q} onFind={(q) => set({ q })} width={150} /></Filters>;
  return (
    <Page title="Floor" sub={`Everything open now, AI and people side by side${today(read.data)}`} tools={<>{find}<SavedViews screen="floor" filter={{ ...search }} onPick={(kept) => void navigate({ to: '/floor', search: kept as never })} /><ToStops /><Stamp data={read.data} /></>}>
      <Show of={read} rows={12}>
        {(floor) => (
          <div className={css.grid}>
            <Totals totals={floor.totals} />
            <div className={css.cols}>
              <div className={css.grid}>
                <Clients rows={floor.clients} />
                <Queues rows={floor.queues} />
                <CameToday />
                <People rows={floor.people} search={search} set={set} />
              </div>
              <Actors rows={floor.actors} people={floor.people} search={search} set={set} />
            </div>
          </div>
        )}
      </Show>
    </Page>
  );
}

/** Whose day today is. */
function today(data: FloorData | undefined): string {
  const zones = new Set(data?.clients.map((one) => one.time_zone));
  if (zones.size === 0) return '';
  return zones.size === 1 ? `; today by ${[...zones].map(zoneName).join()}` : '; today by the time zone of each client';
}

function ToStops() {
  const { data: session } = useQuery(q.session);
  if (!holds(session, MAY_STOP)) return null;
  return <Button size="xs" variant="default" leftSection={<IconHandStop size={15} aria-hidden />} renderRoot={(props) => <Link to="/settings" search={{ tab: 'stop' }} {...props} />}>Stop switch</Button>;
}

function Stamp({ data }: { data: FloorData | undefined }) {
  const live = useConnected();
  if (!data) return null;
  return (
    <span className={css.stamp}>
      {live && <span className={css.live} aria-hidden />}
      {live ? 'Live' : 'Not live'} · as of <time className="num" dateTime={new Date(data.at_ms).toISOString()}>{timeOfDay(data.at_ms)}</time>
    </span>
  );
}
