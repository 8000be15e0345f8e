import { Button, Menu } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconTool } from '@tabler/icons-react';
import type { FixType } from '@/api/deskTypes';
import { http, seg } from '@/api/http';
import * as p from '@/api/performance';
import * as q from '@/api/queries';
import { count, words } from '@/lib/format';
import { holds } from '@/lib/grants';
import { tellDone, tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { Time } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { Panel } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import { FIX_TYPES } from '../desk/HandoffBar';
import { decimal } from './figures';
import { NO_INTENT } from './links';
import css from './performance.module.css';

const KINDS: Record<p.FailureGroup['kind'], string> = { override: 'Outcome changed', escalation: 'Passed to people', came_back: 'Came back' };
const TAGGERS = ['ai_lead', 'supervisor', 'human_agent', 'finance_lead', 'knowledge_manager', 'designer', 'qa_analyst'];
const MINUTES_AN_HOUR = 60;

/** Cases in which the AI failed alike: the biggest group first, each a step away from being a fix. */
export function Failures({ window }: { window: p.Window }) {
  const read = useQuery(p.failures(window));
  return (
    <Panel title="What failed alike" side={<Link to="/fixes" search={{ client: window.client }}>Fixes</Link>}>
      <Show of={read} rows={6}>
        {(found) => found.items.length === 0 ? <Empty title="Nothing failed">No case of this time was passed on, changed by a person, or came back.</Empty> : (
          <ul className={css.groups}>
            {found.items.map((group) => <li key={[group.client, group.intent ?? NO_INTENT, group.kind, group.cause, group.step ?? ''].join('/')} className={css.group}><Group group={group} /></li>)}
          </ul>
        )}
      </Show>
    </Panel>
  );
}

function Group({ group }: { group: p.FailureGroup }) {
  const clients = useClients();
  const name = `${group.intent ? words(group.intent) : 'Not recognised'}: ${words(group.cause).toLowerCase()}`;
  return (
    <>
      <div className={css.groupTop}>
        <strong>{name}{group.step && <span className={css.faint}> while at “{words(group.step).toLowerCase()}”</span>}</strong>
        <Tag tone="warn">{KINDS[group.kind]}</Tag>
        {group.fixes.map((fix) => (
          <Link key={fix.id} to="/fixes/$client/$id" params={{ client: group.client, id: fix.id }} search={{}}>Fix: {words(fix.fix_type).toLowerCase()}, {words(fix.state).toLowerCase()}</Link>
        ))}
        <TagAs group={group} name={name} />
      </div>
      <span className={css.faint}>
        {clients.name(group.client)} · <b className="num">{count(group.cases)}</b> {group.cases === 1 ? 'case' : 'cases'}, <b className="num">{count(group.tagged)}</b> tagged, <b className="num">{decimal(group.people_minutes / MINUTES_AN_HOUR)}</b> h of people
      </span>
      <details>
        <summary>Cases<span className="vh"> of {name}</span></summary>
        <Examples client={group.client} cases={group.examples} />
      </details>
    </>
  );
}

/** The cases of a group, each a step away. */
export function Examples({ client, cases }: { client: string; cases: p.FailureGroup['examples'] }) {
  return (
    <ul className={css.examples}>
      {cases.map((one) => (
        <li key={one.case}>
          <Link to="/cases/$client/$id" params={{ client, id: one.case }} search={{}}>{one.number}: {one.subject || 'No subject'}</Link>
          <Time ms={one.opened_ms} />
          {one.tagged && <span className={css.faint}>tagged</span>}
        </li>
      ))}
    </ul>
  );
}

/** Tags the untagged cases of a group, newest first; tags of one cause and need are one fix. */
function TagAs({ group, name }: { group: p.FailureGroup; name: string }) {
  const queries = useQueryClient();
  const { data: session } = useQuery(q.session);
  const untagged = group.examples.filter((one) => !one.tagged);
  const tag = useMutation({
    mutationFn: async (fix_type: FixType) => {
      for (const one of untagged) await http.post(`/clients/${seg(group.client)}/cases/${seg(one.case)}/tags`, { source: group.source, cause: group.cause, fix_type });
      return fix_type;
    },
    onSuccess: (fix_type) => tellDone(`${count(untagged.length)} tagged: ${words(fix_type).toLowerCase()}`),
    onError: tellFailure,
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: ['performance', 'failures'] });
      void queries.invalidateQueries({ queryKey: ['fixes'] });
    },
  });
  if (untagged.length === 0 || !holds(session, TAGGERS, group.client)) return null;
  const rest = FIX_TYPES.filter((one) => one !== group.suggested);
  return (
    <Menu position="bottom-end" withArrow trapFocus menuItemTabIndex={0}>
      <Menu.Target>
        <Button size="compact-xs" variant="default" loading={tag.isPending} leftSection={<IconTool size={13} aria-hidden />} aria-label={`Tag as fix: ${name}`}>Tag as fix</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>What has to change, for {count(untagged.length)} {untagged.length === 1 ? 'case' : 'cases'}</Menu.Label>
        <Menu.Item onClick={() => tag.mutate(group.suggested)}>{words(group.suggested)} <small>suggested</small></Menu.Item>
        {rest.map((one) => <Menu.Item key={one} onClick={() => tag.mutate(one)}>{words(one)}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}
