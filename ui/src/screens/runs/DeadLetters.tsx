import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconMoodSmile } from '@tabler/icons-react';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { DeadGroup } from '@/api/runTypes';
import { count, words } from '@/lib/format';
import { useNames } from '@/lib/names';
import { useClients } from '@/lib/useClients';
import { Filters, Pick, Time } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { Page } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import { ManyDialog } from './ManyDialog';
import css from './runs.module.css';

type Doing = { group: DeadGroup; first: 'retry' | 'cancel' };

/** The runs of a group, as the list of runs is asked for them. */
const causeOf = (group: DeadGroup) => ({ process: group.process, error: group.error_type, failed_at: group.task || undefined });

const said = (group: DeadGroup) => `${words(group.process)}: ${words(group.task.split('/').pop() || 'outside of any task')}`;

/** What cannot go on, by cause, with who has to see to it. */
export function DeadLetters() {
  const search = useSearch({ strict: false }) as { client?: string };
  const navigate = useNavigate();
  const clients = useClients();
  const read = useQuery(q.deadLetters(search.client));
  const [doing, setDoing] = useState<Doing>();
  return (
    <Page
      title="Dead letters"
      sub={<><Link to="/runs" search={{}}>Runs</Link> that cannot go on by themselves, by process, task and error</>}
      tools={<Filters><Pick label="Client" value={search.client} onPick={(client) => void navigate({ to: '/runs/dead', search: { client }, replace: true })} options={clients.options} all="All clients" /></Filters>}
    >
      <Show of={read}>
        {(letters) => letters.items.length === 0 ? <Empty title="Nothing has stopped" icon={<IconMoodSmile size={26} aria-hidden />}>Runs that fail appear here until they are retried or set aside.</Empty> : (
          <>
            <Groups groups={letters.items} onDo={setDoing} />
            {letters.more && <p className={css.faint}>Only the newest 5,000 of a client were looked at.</p>}
          </>
        )}
      </Show>
      {doing && <ManyDialog client={doing.group.client} where={{ ...causeOf(doing.group), dead: 1 }} first={doing.first} onClose={() => setDoing(undefined)} />}
    </Page>
  );
}

function Groups({ groups, onDo }: { groups: DeadGroup[]; onDo: (doing: Doing) => void }) {
  const clients = useClients();
  return (
    <div className={parts.tableWrap} tabIndex={0} role="region" aria-label="Dead letters">
      <table className={`${parts.table} ${css.table}`}>
        <thead><tr><th scope="col">Process and task</th><th scope="col">Error</th><th scope="col" className={parts.right}>Runs</th><th scope="col">Oldest</th><th scope="col">Owner</th><th scope="col"><span className="vh">Operate</span></th></tr></thead>
        <tbody>
          {groups.map((group) => (
            <tr key={`${group.client}/${group.process}/${group.task}/${group.error_type}`}>
              <td className={css.name}>
                <Link to="/runs/$client/$id" params={{ client: group.client, id: group.newest }} search={{}}>{said(group)}</Link>
                <span className={css.faint}>{clients.name(group.client)}</span>
              </td>
              <td className={css.wide}><span>{group.example || 'No words were given'}</span><span className={css.faint}>{group.error_type}{group.status === 'suspended' && ' · stopped by Baton itself'}</span></td>
              <td className={`${parts.right} num`}><Link to="/runs" search={{ client: group.client, ...causeOf(group) }}>{count(group.runs)}</Link></td>
              <td><Time ms={group.oldest_ms} ago /></td>
              <td><Owners group={group} /></td>
              <td><span className={css.doings}><Button size="compact-xs" variant="light" aria-label={`Retry all: ${said(group)}`} onClick={() => onDo({ group, first: 'retry' })}>Retry all</Button><Button size="compact-xs" variant="subtle" color="brick" aria-label={`Set aside: ${said(group)}`} onClick={() => onDo({ group, first: 'cancel' })}>Set aside</Button></span></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Owners({ group }: { group: DeadGroup }) {
  const names = useNames();
  const first = group.owners[0];
  if (!first) return <Tag tone="warn">Nobody now</Tag>;
  return (
    <span className={css.owner}>
      <Link to="/desk" search={{ item: `${group.client}/${first.work_item}` }}>{first.claimed_by ? names.member(first.claimed_by) : words(first.queue)}</Link>
      <span className={css.faint}>{first.claimed_by ? words(first.queue) : 'queue'}{group.owned > 1 && `, ${count(group.owned)} items`}{group.owned < group.runs && `, ${count(group.runs - group.owned)} without`}</span>
    </span>
  );
}
