import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Colleague } from '@/api/deskTypes';
import * as q from '@/api/queries';
import type { FloorActor } from '@/api/types';
import { costsText, costsTitle, NO_PRICE, NO_RATE, SET_PRICE, SET_RATE } from '@/lib/cost';
import { count, share } from '@/lib/format';
import { holds } from '@/lib/grants';
import { useNames } from '@/lib/names';
import { useClients } from '@/lib/useClients';
import { Pick } from '@/parts/Bits';
import { ActorChip, Tag } from '@/parts/Chips';
import { Panel } from '@/parts/Page';
import { Empty } from '@/parts/States';
import { HERE } from '@/shell/Presence';
import { MAY_STOP, named, stateOf, TONES, type Asked } from './here';
import css from './floor.module.css';

// Those with most; what five thousand rows would say is found by name.
const SHOWN_MAX = 200;
const KINDS = [{ value: 'agent', label: 'AI' }, { value: 'member', label: 'People' }, { value: 'system', label: 'Systems' }];

/** Everyone who has a case in hand: AI agents and people in one list, by load. An AI agent that is stopped stands there too; asked
    for AI alone, so does one that has nothing to do. */
export function Actors({ rows, people, search, set }: Asked & { rows: FloorActor[]; people: Colleague[] }) {
  const { kind, q: name } = search;
  const names = useNames();
  const clients = useClients();
  const all = rows.filter((row) => (kind ? row.kind === kind : row.cases > 0 || row.state === 'stopped') && named(names.of(row), name)).sort((a, b) => b.cases - a.cases);
  const shown = all.slice(0, SHOWN_MAX);
  const most = Math.max(1, shown[0]?.cases ?? 0);
  return (
    <Panel title="Who has the next step" side={<Pick label="Kind of actor" value={kind} onPick={(next) => set({ kind: next })} options={KINDS} all="All" />}>
      {shown.length === 0 ? <Empty title={name ? 'Nobody of this name has a case in hand' : 'Nobody has a case in hand'} onAll={name || kind ? () => set({ q: undefined, kind: undefined }) : undefined}>{name || kind ? undefined : 'Whoever has the next step of an open case stands here.'}</Empty> : (
        <ul>
          {shown.map((row) => (
            <li key={`${row.kind}/${row.client}/${row.name}`} className={css.actor}>
              <div><ActorChip actor={row} /> <State row={row} people={people} /><span className={`${css.of} ${css.facts}`}>{clients.name(row.client)}<Facts row={row} /></span></div>
              <div className={css.bar} role="img" aria-label={`${row.cases} cases, ${row.waiting} waiting`}>
                <i className={row.kind === 'agent' ? css.ai : row.kind === 'member' ? css.person : css.rest} style={{ width: `${(row.cases / most) * 100}%` }} />
              </div>
              <Link className={`${css.n} num`} to="/cases" search={{ client: row.client, state: 'active', actor_kind: row.kind, actor: row.name }} aria-label={`${row.cases} cases of ${row.name}`}>{count(row.cases)}</Link>
            </li>
          ))}
        </ul>
      )}
      {all.length > shown.length && <p className={css.of} style={{ padding: '8px 14px' }}>{count(all.length - shown.length)} more with less: find them by name</p>}
    </Panel>
  );
}

/** Where a person is, or whether an agent is stopped or has nothing to do: that one works shows by its cases. */
function State({ row, people }: { row: FloorActor; people: Colleague[] }) {
  if (row.state === 'stopped') return <Link className={css.stopped} to="/settings" search={{ tab: 'stop' }} title={row.stop_reason ?? undefined} aria-label={`${row.name} is stopped${row.stop_reason ? `: ${row.stop_reason}` : ''}`}><Tag tone="bad">Stopped</Tag></Link>;
  if (row.state === 'idle') return <Tag>Idle</Tag>;
  const one = row.kind === 'member' ? people.find((colleague) => colleague.member === row.name) : undefined;
  return one ? <Tag tone={TONES[stateOf(one)]}>{HERE[stateOf(one)].label}</Tag> : null;
}

/** What of it is late, how sure what the customers want is known, and how many of them sound angry. */
function Facts({ row }: { row: FloorActor }) {
  return (
    <>
      {row.at_risk > 0 && <> · <Link className={css.risk} to="/cases" search={{ client: row.client, state: 'active', actor_kind: row.kind, actor: row.name, at_risk: '1' }}>{count(row.at_risk)} at risk</Link></>}
      {row.negative > 0 && row.negative_share !== null && <> · <Link className={css.risk} to="/cases" search={{ client: row.client, state: 'active', actor_kind: row.kind, actor: row.name, upset: '1' }} title={`${count(row.negative)} of ${count(row.heard)}: customers who sound angry in what they wrote last`}>{share(row.negative_share)} upset</Link></>}
      {row.confidence !== null && <span title="How sure the intents of these cases are, on average"> · {share(row.confidence)} sure</span>}
      <HourCost row={row} />
      <ToStop row={row} />
    </>
  );
}

/** What stopping an agent would do is looked at before anything is pressed. */
function ToStop({ row }: { row: FloorActor }) {
  const { data: session } = useQuery(q.session);
  if (row.kind !== 'agent' || row.state === 'stopped' || !holds(session, MAY_STOP, row.client)) return null;
  return <> · <Link to="/settings" search={{ tab: 'stop', client: row.client, scope: 'agent', target: row.name }} aria-label={`Stop ${row.name}: what it would do`}>Stop…</Link></>;
}

/** What an hour costs: of an agent what its models cost in the last one, of a person their rate; in words where nobody has said it. */
function HourCost({ row }: { row: FloorActor }) {
  const { cost } = row;
  if (!cost) return null;
  if (row.kind === 'member') return cost.priced ? <> · {costsText(cost.hour, 0)} an hour</> : <span title={SET_RATE}> · {NO_RATE}</span>;
  if (cost.hour.length > 0) return <span title={costsTitle(cost.hour, cost.unpriced)}> · {costsText(cost.hour, cost.unpriced, cost.uncounted)} in the last hour</span>;
  if (cost.priced === false || cost.unpriced > 0) return <span title={SET_PRICE}> · {NO_PRICE}</span>;
  if (cost.uncounted > 0) return <span title="The exchanges failed, or the model's server told no tokens"> · cost not counted</span>;
  return cost.priced ? <> · no model asked in the last hour</> : null;
}
