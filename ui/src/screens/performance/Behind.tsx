import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import * as p from '@/api/performance';
import { count, dateIn, ownZone, words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Page } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import { CaseTable } from '../cases/CaseTable';
import { NO_INTENT } from './links';

const WHICH: Record<string, string> = {
  cases: 'All cases', attempts: 'Tried by AI', resolutions: 'Resolved by AI, net of 7 days', provisional: 'Provisional', escalated: 'Passed to people by AI',
  overridden: 'Outcome changed by people', came_back: 'Came back within 7 days', handoffs: 'Went to people',
};

/** The cases behind a figure. */
export function Behind() {
  const search = useSearch({ strict: false }) as p.Behind;
  const clients = useClients();
  const read = useQuery(p.behind(search));
  const said = [
    search.client && clients.name(search.client),
    search.intent && (search.intent === NO_INTENT ? 'not recognised' : words(search.intent)),
    search.reason && words(search.reason),
    search.since_ms && search.until_ms && `opened ${dateIn(Number(search.since_ms), ownZone)} to ${dateIn(Number(search.until_ms), ownZone)}`,
  ].filter(Boolean);
  return (
    <Page title={WHICH[search.which ?? 'cases'] ?? 'Cases'} sub={<><Link to="/performance" search={{ client: search.client }}>Performance</Link>{said.length > 0 && `: ${said.join(', ')}`}</>}>
      <Show of={read} rows={12}>
        {(found) => found.items.length === 0 ? <Empty title="No case stands behind this figure" /> : (
          <>
            <p style={{ padding: '0 0 10px', color: 'var(--bt-muted)', fontSize: '0.8125rem' }}>
              {found.total > found.items.length ? `The newest ${count(found.items.length)} of ${count(found.total)} cases` : `${count(found.total)} ${found.total === 1 ? 'case' : 'cases'}`}
            </p>
            <CaseTable rows={found.items} />
          </>
        )}
      </Show>
    </Page>
  );
}
