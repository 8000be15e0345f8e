import { Tabs } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import * as q from '@/api/queries';
import type { ProcessDetail, RunDetail } from '@/api/types';
import { words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Time } from '@/parts/Bits';
import { RunStatusTag, Tag } from '@/parts/Chips';
import { Code } from '@/parts/DataView';
import { More } from '@/parts/More';
import { Page } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import { DraftPane } from './DraftPane';
import { GraphView } from './GraphView';
import { RunPath } from './RunPath';
import { TaskDetail } from './TaskDetail';
import { useDraft } from './useDraft';
import css from './process.module.css';

interface Search { run?: string; node?: string; edit?: string }

export function ProcessPage() {
  const { client, name } = useParams({ strict: false }) as { client: string; name: string };
  const search = useSearch({ strict: false }) as Search;
  const read = useQuery(q.process(client, name));
  const run = useQuery({ ...q.run(client, search.run ?? ''), enabled: Boolean(search.run) });
  const clients = useClients();
  const sub = (
    <>
      <Link to="/processes" search={{ client }}>{clients.name(client)}</Link> · {name} {read.data?.version}
    </>
  );
  return (
    <Page bare title={words(name)} sub={sub} tools={run.data && <RunHead run={run.data} client={client} name={name} />}>
      <Show of={read} rows={10}>{(process) => <Body client={client} process={process} run={search.run ? run.data : undefined} search={search} />}</Show>
    </Page>
  );
}

function RunHead({ run, client, name }: { run: RunDetail; client: string; name: string }) {
  return (
    <div style={{ display: 'flex', gap: 10, alignItems: 'center', flexWrap: 'wrap', fontSize: '0.8125rem' }}>
      <RunStatusTag status={run.status} />
      <span>started <Time ms={run.started_ms} /></span>
      <Link to="/runs/$client/$id" params={{ client, id: run.id }} search={{}}>The run</Link>
      {run.case && <Link to="/cases/$client/$id" params={{ client, id: run.case }} search={{}}>Its case</Link>}
      <Link to="/processes/$client/$name" params={{ client, name }} search={{}}>Without this run</Link>
    </div>
  );
}

function Body({ client, process, run, search }: { client: string; process: ProcessDetail; run: RunDetail | undefined; search: Search }) {
  const navigate = useNavigate();
  const currency = useClients().currency(client);
  const pick = (node: string | undefined) => void navigate({ to: '/processes/$client/$name', params: { client, name: process.name }, search: { ...search, node } as never, replace: true });
  const editing = search.edit !== undefined && !run;
  const draft = useDraft(client, process, editing);
  const node = draft.graph.nodes.find((one) => one.id === search.node);
  const tab = (next: string | null) => void navigate({ to: '/processes/$client/$name', params: { client, name: process.name }, search: { ...search, edit: next === 'edit' ? '1' : undefined } as never, replace: true });
  return (
    <div className={`${css.page} ${editing ? css.wideSide : ''}`}>
      <div className={css.canvas}><GraphView key={editing ? 'draft' : 'live'} graph={draft.graph} run={run} picked={search.node} onPick={pick} /></div>
      <aside className={css.side} aria-label="About the process">
        {node ? (
          <div className={css.sideBody} tabIndex={0} role="region" aria-label={`Task ${node.name}`}><TaskDetail node={node} run={run} currency={currency} onClose={() => pick(undefined)} /></div>
        ) : (
          <Tabs key={run?.id ?? 'none'} defaultValue={run ? 'path' : editing ? 'edit' : 'text'} onChange={tab} keepMounted={false} style={{ display: 'contents' }}>
            <Tabs.List px="sm">
              {run && <Tabs.Tab value="path">Path</Tabs.Tab>}
              <Tabs.Tab value="text">YAML</Tabs.Tab>
              {!run && <Tabs.Tab value="edit">Edit</Tabs.Tab>}
              <Tabs.Tab value="runs">Runs</Tabs.Tab>
              {process.findings.length > 0 && <Tabs.Tab value="findings" rightSection={<Tag tone="warn">{String(process.findings.length)}</Tag>}>Findings</Tabs.Tab>}
            </Tabs.List>
            {editing && <DraftPane process={process} draft={draft} />}
            <div className={css.sideBody} hidden={editing}>
              <Tabs.Panel value="path">{run && <RunPath run={run} currency={currency} onPick={pick} />}</Tabs.Panel>
              <Tabs.Panel value="text"><Code label="Definition as YAML">{process.yaml}</Code></Tabs.Panel>
              <Tabs.Panel value="runs"><Runs client={client} process={process.name} current={run?.id} /></Tabs.Panel>
              <Tabs.Panel value="findings">{process.findings.map((one, at) => <p key={at} className={css.finding}>Line {one.line}: {one.message} {one.remedy}</p>)}</Tabs.Panel>
            </div>
          </Tabs>
        )}
      </aside>
    </div>
  );
}

function Runs({ client, process, current }: { client: string; process: string; current: string | undefined }) {
  const read = useInfiniteQuery(q.runs({ client, process }));
  return (
    <Show of={read}>
      {(data) => {
        const rows = data.pages.flatMap((page) => page.items);
        if (rows.length === 0) return <Empty title="It has not run yet" />;
        return (
          <div className={css.list}>
            {rows.map((row) => (
              <Link key={row.id} className={css.row} aria-current={row.id === current} to="/processes/$client/$name" params={{ client, name: process }} search={{ run: row.id }}>
                <span><Time ms={row.started_ms} /></span>
                <RunStatusTag status={row.status} />
              </Link>
            ))}
            <More of={read} />
            <Link className={css.faint} to="/runs" search={{ client, process }}>All its runs, with filters</Link>
          </div>
        );
      }}
    </Show>
  );
}
