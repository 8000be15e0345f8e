import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconPrinter } from '@tabler/icons-react';
import type { Fix, HandoffReport, Untagged, Week as WeekData } from '@/api/deskTypes';
import * as q from '@/api/queries';
import { count, day, share, words } from '@/lib/format';
import { useNames } from '@/lib/names';
import { useClients } from '@/lib/useClients';
import { BarList, type BarRow } from '@/parts/BarList';
import { Filters, Pick } from '@/parts/Bits';
import { Page } from '@/parts/Page';
import { Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import { TagMenu } from '../desk/HandoffBar';
import { hours } from './Fixes';
import css from './fixes.module.css';

const TOP = 10;

/** The week on one page, the same each week; prints. */
export function Week() {
  const search = useSearch({ strict: false }) as { client?: string };
  const navigate = useNavigate();
  const clients = useClients();
  const read = useQuery(q.week(search.client));
  return (
    <Page
      title="Weekly review"
      sub={<Link to="/fixes" search={{ client: search.client }}>Fixes</Link>}
      tools={
        <Filters>
          <Pick label="Client" value={search.client} onPick={(client) => void navigate({ to: '/fixes/week', search: { client }, replace: true })} options={clients.options} all="All clients" />
          <Button size="xs" variant="default" leftSection={<IconPrinter size={15} aria-hidden />} onClick={() => window.print()}>Print</Button>
        </Filters>
      }
    >
      <Show of={read} rows={10}>{(week) => <Sheet week={week} who={search.client ? clients.name(search.client) : 'All clients'} />}</Show>
    </Page>
  );
}

function Sheet({ week, who }: { week: WeekData; who: string }) {
  const handoffs = week.handoffs.reduce((sum, row) => sum + row.handoffs, 0);
  const passed = week.handoffs.reduce((sum, row) => sum + row.gate_passed, 0);
  const score = handoffs ? week.handoffs.reduce((sum, row) => sum + row.score * row.handoffs, 0) / handoffs : null;
  const open = week.fixes.filter((fix) => fix.state !== 'kept' && fix.state !== 'dropped');
  const live = week.fixes.filter((fix) => fix.state === 'released' || fix.state === 'kept');
  return (
    <article className={css.sheet}>
      <p className={css.range}>{who}: {day(week.since_ms)} to {day(week.at_ms)}</p>
      <dl className={css.figures}>
        <div><dt>Handed to people</dt><dd className="num">{count(handoffs)}</dd></div>
        <div><dt>With everything critical</dt><dd className="num">{handoffs ? share(passed / handoffs) : '—'}</dd></div>
        <div><dt>Handoff score</dt><dd className="num">{score === null ? '—' : share(score)}</dd></div>
        <div><dt>Fixes not done</dt><dd className="num">{count(open.length)}</dd></div>
        <div><dt>Hours a month they would save</dt><dd className="num">{hours(open.reduce((sum, fix) => sum + fix.hours_a_month, 0))}</dd></div>
        <div><dt>Nobody has said why</dt><dd className="num">{count(week.untagged.length)}</dd></div>
      </dl>
      <h2>What to do first</h2>
      <Saves rows={open.slice(0, TOP)} />
      <FixTable rows={open.slice(0, TOP)} />
      <h2>What went live, and what is left of its cause</h2>
      <FixTable rows={live} live />
      <h2>Handoffs by need</h2>
      <Complete rows={week.handoffs} />
      <Handoffs rows={week.handoffs} />
      <h2>Handed to people, and nobody has said why</h2>
      <Unsaid rows={week.untagged} />
    </article>
  );
}

/** What each fix would save, longest bar first. */
function Saves({ rows }: { rows: Fix[] }) {
  const worth = rows.filter((fix) => fix.hours_a_month > 0);
  if (worth.length === 0) return null;
  const row = (fix: Fix): BarRow => ({
    key: `${fix.client}/${fix.id}`, name: words(fix.title), value: `${hours(fix.hours_a_month)} h`, parts: [{ tone: 'accent', amount: fix.hours_a_month }],
    says: `${words(fix.title)}: ${hours(fix.hours_a_month)} hours a month`,
  });
  return <div className={css.chart}><BarList label="Hours a month that each would save" rows={worth.map(row)} legend={[{ tone: 'accent', says: 'Hours a month that it would save' }]} /></div>;
}

/** How many handoffs of each need came with everything critical; releases taken together. */
function Complete({ rows }: { rows: HandoffReport[] }) {
  const clients = useClients();
  const needs = new Map<string, { name: string; all: number; passed: number }>();
  for (const row of rows) {
    const key = `${row.client}/${row.intent ?? ''}`;
    const known = needs.get(key) ?? { name: `${row.intent ? words(row.intent) : 'Not recognised'}, ${clients.name(row.client)}`, all: 0, passed: 0 };
    needs.set(key, { ...known, all: known.all + row.handoffs, passed: known.passed + row.gate_passed });
  }
  if (needs.size === 0) return null;
  const most = [...needs].sort(([, a], [, b]) => b.all - a.all).slice(0, TOP);
  const row = ([key, { name, all, passed }]: (typeof most)[number]): BarRow => ({
    key, name, value: count(all), parts: [{ tone: 'accent', amount: passed }, { tone: 'person', amount: all - passed }],
    says: `${name}: ${count(all)} handoffs, ${count(passed)} with everything critical`,
  });
  return <div className={css.chart}><BarList label="Handoffs by need" rows={most.map(row)} legend={[{ tone: 'accent', says: 'With everything critical' }, { tone: 'person', says: 'Something missing' }]} /></div>;
}

function FixTable({ rows, live }: { rows: Fix[]; live?: boolean }) {
  const names = useNames();
  if (rows.length === 0) return <p className={css.faint}>Nothing.</p>;
  return (
    <table className={parts.table}>
      <thead><tr><th scope="col">Fix</th><th scope="col">Type</th><th scope="col">State</th><th scope="col">Owner</th><th scope="col" className={parts.right}>{live ? 'Cases since' : 'Cases'}</th><th scope="col" className={parts.right}>Minutes</th><th scope="col" className={parts.right}>Hours a month</th></tr></thead>
      <tbody>
        {rows.map((fix) => (
          <tr key={`${fix.client}/${fix.id}`}>
            <td><Link to="/fixes/$client/$id" params={{ client: fix.client, id: fix.id }} search={{}}>{words(fix.title)}</Link></td>
            <td>{words(fix.fix_type)}</td>
            <td>{words(fix.state)}</td>
            <td>{fix.owner ? names.member(fix.owner) : '—'}</td>
            <td className={`${parts.right} num`}>{count(live ? fix.since_release : fix.cases)}</td>
            <td className={`${parts.right} num`}>{hours(fix.minutes)}</td>
            <td className={`${parts.right} num`}>{hours(fix.hours_a_month)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Handoffs({ rows }: { rows: HandoffReport[] }) {
  const clients = useClients();
  if (rows.length === 0) return <p className={css.faint}>Nothing was handed over.</p>;
  return (
    <table className={parts.table}>
      <thead><tr><th scope="col">Need</th><th scope="col">Client</th><th scope="col" className={parts.right}>Handoffs</th><th scope="col" className={parts.right}>Complete</th><th scope="col" className={parts.right}>Everything critical</th><th scope="col" className={parts.right}>Not asked again</th><th scope="col" className={parts.right}>Score</th><th scope="col" className={parts.right}>Good / lacking</th></tr></thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.client}/${row.intent}/${row.release}`}>
            <td>{row.intent ? <Link to="/cases" search={{ client: row.client, intent: row.intent }}>{words(row.intent)}</Link> : 'Not recognised'}</td>
            <td>{clients.name(row.client)}</td>
            <td className={`${parts.right} num`}>{count(row.handoffs)}</td>
            <td className={`${parts.right} num`}>{share(row.completeness)}</td>
            <td className={`${parts.right} num`}>{share(row.gate_passed / row.handoffs)}</td>
            <td className={`${parts.right} num`}>{row.no_reask === null ? '—' : share(row.no_reask)}</td>
            <td className={`${parts.right} num`}>{share(row.score)}</td>
            <td className={`${parts.right} num`}>{count(row.good)} / {count(row.lacking)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Unsaid({ rows }: { rows: Untagged[] }) {
  if (rows.length === 0) return <p className={css.faint}>Every handoff of the week has its reason.</p>;
  return (
    <table className={parts.table}>
      <thead><tr><th scope="col">Case</th><th scope="col">Need</th><th scope="col">Trigger</th><th scope="col" className={css.noPrint}>What has to change</th></tr></thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={row.case}>
            <td><Link to="/cases/$client/$id" params={{ client: row.client, id: row.case }} search={{}}>{row.number}: {row.subject}</Link></td>
            <td>{row.intent ? words(row.intent) : 'Not recognised'}</td>
            <td>{words(row.trigger)}</td>
            <td className={css.noPrint}><TagMenu client={row.client} id={row.case} trigger={row.trigger} label={words(row.suggested)} keyed={at === 0} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
