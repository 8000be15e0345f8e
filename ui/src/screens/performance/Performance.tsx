import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconDownload } from '@tabler/icons-react';
import { withQuery } from '@/api/http';
import * as p from '@/api/performance';
import * as q from '@/api/queries';
import { dateIn, zoneName } from '@/lib/format';
import { holds } from '@/lib/grants';
import { useClients } from '@/lib/useClients';
import { Filters, Pick } from '@/parts/Bits';
import { Page } from '@/parts/Page';
import { SavedViews } from '@/parts/SavedViews';
import { Empty, Show } from '@/parts/States';
import { ByIntent } from './ByIntent';
import { Changed } from './Changed';
import { DayChart } from './DayChart';
import { Failures } from './Failures';
import { HourChart } from './HourChart';
import { IntentChart } from './IntentChart';
import { Kpis } from './Kpis';
import { Reasons } from './Reasons';
import { SaidAlike } from './SaidAlike';
import { Totals } from './Totals';
import css from './performance.module.css';

const RANGES = [{ value: '7', label: '7 days' }, { value: '28', label: '28 days' }, { value: '90', label: '90 days' }];
const DAYS_DEFAULT = '28';
// Whoever may see figures and no case sees no failed cases.
const READERS = ['ai_lead', 'supervisor', 'finance_lead', 'knowledge_manager', 'designer', 'qa_analyst', 'client_success', 'auditor'];

/** How AI and people serve, by intent: what was tried, what held, what went to people and why, and what failed alike. */
export function Performance() {
  const search = useSearch({ strict: false }) as { client?: string; days?: string };
  const navigate = useNavigate();
  const clients = useClients();
  const { data: session } = useQuery(q.session);
  const days = RANGES.some((range) => range.value === search.days) ? (search.days as string) : DAYS_DEFAULT;
  const window: p.Window = { client: search.client, days: Number(days) };
  const read = useQuery(p.report(window));
  const set = (next: { client?: string; days?: string }) => void navigate({ to: '/performance', search: { client: search.client, days: search.days, ...next }, replace: true });
  const mayReadCases = holds(session, READERS, search.client);
  return (
    <Page
      title="Performance"
      sub={read.data ? `Cases opened ${dateIn(read.data.since_ms, read.data.time_zone)} to ${dateIn(read.data.until_ms, read.data.time_zone)}, beside the ${days} days before; days by ${zoneName(read.data.time_zone)}` : 'How AI and people serve, by intent'}
      tools={
        <Filters>
          <SavedViews screen="performance" filter={{ client: search.client, days: search.days }} onPick={(kept) => void navigate({ to: '/performance', search: kept as never })} />
          <Pick label="Range" value={days} onPick={(picked) => set({ days: picked })} options={RANGES} />
          <Pick label="Client" value={search.client} onPick={(client) => set({ client })} options={clients.options} all="All clients" />
          {read.data && (
            <Button size="xs" variant="default" component="a" href={withQuery('/api/v1/performance.csv', { client: search.client, since_ms: read.data.since_ms, until_ms: read.data.until_ms })} download leftSection={<IconDownload size={15} aria-hidden />}>CSV</Button>
          )}
        </Filters>
      }
    >
      <Show of={read} rows={12}>
        {(report) => (report.totals.cases === 0 ? (
          <Empty title="No case was opened in this time" onAll={search.client || days !== RANGES.at(-1)?.value ? () => set({ client: undefined, days: RANGES.at(-1)?.value }) : undefined}>{search.client || days !== RANGES.at(-1)?.value ? 'Take a longer range, or another client.' : 'They are counted as they come in.'}</Empty>
        ) : (
          <div className={css.grid}>
            <Totals report={report} client={search.client} />
            <div className={css.cols}>
              <DayChart days={report.days} zone={report.time_zone} />
              <Reasons report={report} client={search.client} />
            </div>
            <HourChart hours={report.hours} zone={report.time_zone} />
            <IntentChart report={report} client={search.client} />
            <ByIntent report={report} />
            <div className={css.cols}>
              <Changed change={report.change} />
              <Kpis report={report} />
            </div>
            {mayReadCases && <Failures window={window} />}
            {mayReadCases && <SaidAlike window={window} />}
          </div>
        ))}
      </Show>
    </Page>
  );
}
