import { Button, Tabs } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useConnected } from '@/api/live';
import * as q from '@/api/queries';
import type { RunDetail } from '@/api/runTypes';
import { words } from '@/lib/format';
import { useKeys, type KeyMap } from '@/lib/keys';
import { useClients } from '@/lib/useClients';
import { Time } from '@/parts/Bits';
import { RunStatusTag, Tag } from '@/parts/Chips';
import { Page } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import { GraphView } from '../processes/GraphView';
import process from '../processes/process.module.css';
import { TaskDetail } from '../processes/TaskDetail';
import { DOINGS, type Doing } from './actions';
import { Effects } from './Effects';
import { Journal } from './Journal';
import { MigrateDialog } from './MigrateDialog';
import { OperateDialog } from './OperateDialog';
import { State } from './State';
import { Timeline } from './Timeline';
import css from './runs.module.css';

interface Search { tab?: string; node?: string }
/** Live events tell of calls, people, events and ends. Steps without any of these are seen by looking again so often. */
const OPEN_MS = 20_000;
/** While the line is down nothing is told. */
const OPEN_UNTOLD_MS = 4_000;

export function RunPage() {
  const { client, id } = useParams({ strict: false }) as { client: string; id: string };
  const clients = useClients();
  const again = useConnected() ? OPEN_MS : OPEN_UNTOLD_MS;
  const read = useQuery({ ...q.run(client, id), refetchInterval: (query) => (query.state.data && !query.state.data.ended_ms ? again : false) });
  const run = read.data;
  const sub = (
    <>
      <Link to="/runs" search={{ client }}>{clients.name(client)}</Link> · <span className="num">{id}</span>
      {run && <> · <RunStatusTag status={run.status} />{run.compensating && <> <Tag tone="warn">Undoes what it did</Tag></>} · started <Time ms={run.started_ms} />{run.ended_ms && <>, ended <Time ms={run.ended_ms} /></>}</>}
    </>
  );
  return (
    <Page bare title={run ? run.title || words(run.process) : 'Run'} sub={sub} tools={run && <Tools run={run} />}>
      <Show of={read} rows={10}>{(found) => <Body run={found} />}</Show>
    </Page>
  );
}

function Tools({ run }: { run: RunDetail }) {
  const [doing, setDoing] = useState<Doing>();
  const fitting = DOINGS.filter((one) => one.fits(run));
  const keys: KeyMap = Object.fromEntries(fitting.map((one) => [one.key, () => setDoing(one)]));
  useKeys(keys);
  return (
    <div className={css.tools} role="group" aria-label="Operate this run">
      {fitting.map((one) => (
        <Button key={one.verb} size="xs" variant={one.verb === 'retry' || one.verb === 'resume' ? 'filled' : 'default'} leftSection={<one.icon size={15} aria-hidden />} aria-keyshortcuts={one.key} title={`${one.label} (${one.key})`} onClick={() => setDoing(one)}>{one.label}</Button>
      ))}
      {doing?.verb === 'migrate' && <MigrateDialog run={run} onClose={() => setDoing(undefined)} />}
      {doing && doing.verb !== 'migrate' && <OperateDialog run={run} doing={doing} onClose={() => setDoing(undefined)} />}
    </div>
  );
}

function Body({ run }: { run: RunDetail }) {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const currency = useClients().currency(run.client);
  const go = (next: Search) => void navigate({ to: '/runs/$client/$id', params: { client: run.client, id: run.id }, search: next as never, replace: true });
  const node = run.graph?.nodes.find((one) => one.id === search.node);
  return (
    <div className={`${process.page} ${css.page}`}>
      <div className={process.canvas}>
        {run.graph ? <GraphView graph={run.graph} run={run} picked={search.node} onPick={(picked) => go({ ...search, node: picked })} /> : <Empty title="Its definition cannot be drawn">The release that it is pinned to does not load any more.</Empty>}
      </div>
      <aside className={process.side} aria-label="About the run">
        {node ? (
          <div className={process.sideBody} tabIndex={0} role="region" aria-label={`Task ${node.name}`}><TaskDetail node={node} run={run} currency={currency} onClose={() => go({ tab: search.tab })} /></div>
        ) : (
          <Tabs value={search.tab ?? 'state'} onChange={(tab) => go({ tab: tab ?? undefined })} keepMounted={false} style={{ display: 'contents' }}>
            <Tabs.List px="sm">
              <Tabs.Tab value="state">State</Tabs.Tab>
              <Tabs.Tab value="timeline">Timeline</Tabs.Tab>
              <Tabs.Tab value="effects">Effects</Tabs.Tab>
              <Tabs.Tab value="journal">Journal</Tabs.Tab>
            </Tabs.List>
            <div className={process.sideBody} tabIndex={0} role="region" aria-label="Details of the run">
              <Tabs.Panel value="state"><State run={run} currency={currency} onPick={(picked) => go({ ...search, node: picked })} /></Tabs.Panel>
              <Tabs.Panel value="timeline"><Timeline run={run} currency={currency} onPick={(picked) => go({ ...search, node: picked })} /></Tabs.Panel>
              <Tabs.Panel value="effects"><Effects run={run} currency={currency} /></Tabs.Panel>
              <Tabs.Panel value="journal"><Journal run={run} /></Tabs.Panel>
            </div>
          </Tabs>
        )}
      </aside>
    </div>
  );
}
