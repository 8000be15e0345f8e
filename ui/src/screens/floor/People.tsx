import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Colleague, Here } from '@/api/deskTypes';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import { count, share } from '@/lib/format';
import { tellFailure } from '@/lib/tell';
import { Pick, Time } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { Panel } from '@/parts/Page';
import { Empty } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import { HERE } from '@/shell/Presence';
import { named, stateOf, TONES, type Asked } from './here';
import { Reassign } from './Reassign';
import css from './floor.module.css';

const SHOWN_MAX = 200;
const ORDER: Here[] = ['available', 'busy', 'break', 'training', 'off'];

/** Everyone who can take work: where they are, what they have, and a way to give it to somebody else. */
export function People({ rows, search, set }: Asked & { rows: Colleague[] }) {
  const { state, q: name } = search;
  const [from, setFrom] = useState<Colleague>();
  const { data: session } = useQuery(q.session);
  const leads = (session?.grants ?? []).filter((grant) => grant.role === 'supervisor').map((grant) => grant.client);
  const all = rows.filter((one) => (!state || stateOf(one) === state) && named(one.name, name)).sort((a, b) => ORDER.indexOf(stateOf(a)) - ORDER.indexOf(stateOf(b)) || b.has - a.has || a.name.localeCompare(b.name));
  const shown = all.slice(0, SHOWN_MAX);
  return (
    <Panel title="People" side={<Pick label="Where they are" value={state} onPick={(next) => set({ state: next })} options={ORDER.map((value) => ({ value, label: HERE[value].label }))} all="All" />}>
      {shown.length === 0 ? <Empty title={state || name ? 'Nobody fits' : 'Nobody can take work here yet'} onAll={state || name ? () => set({ state: undefined, q: undefined }) : undefined}>{state || name ? undefined : 'Whoever has a role in which work is taken stands here: see Settings, Members.'}</Empty> : (
        <div className={css.scroll} tabIndex={0} role="region" aria-label="People">
          <table className={parts.table}>
            <thead>
              <tr><th scope="col">Name</th><th scope="col">State</th><th scope="col" className={parts.right}>Has</th><th scope="col" className={parts.right}>Late</th><th scope="col" className={parts.right}>Upset</th><th scope="col" className={parts.right}>Done today</th>{leads.length > 0 && <th scope="col"><span className="vh">Lead</span></th>}</tr>
            </thead>
            <tbody>
              {shown.map((one) => <Row key={one.member} one={one} leads={leads} onReassign={() => setFrom(one)} />)}
            </tbody>
          </table>
          {all.length > shown.length && <p className={css.of}>{count(all.length - shown.length)} more: choose a state above, or find somebody by name</p>}
        </div>
      )}
      {from && <Reassign from={from} people={rows} onClose={() => setFrom(undefined)} />}
    </Panel>
  );
}

function Row({ one, leads, onReassign }: { one: Colleague; leads: string[]; onReassign: () => void }) {
  const queries = useQueryClient();
  // At a client where one leads and the colleague works; a supervisor of the installation leads at all of them.
  const at = one.clients.find((client) => leads.includes('house') || leads.includes(client));
  const off = useMutation({
    mutationFn: () => http.post(`/clients/${seg(at ?? '')}/members/${seg(one.member)}/presence`, { state: 'off', note: 'signed off by a supervisor' }),
    onError: tellFailure,
    onSettled: () => void queries.invalidateQueries({ queryKey: ['floor'] }),
  });
  const state = stateOf(one);
  return (
    <tr>
      <th scope="row" style={{ fontWeight: 540, color: 'var(--bt-ink)' }}><Link to="/cases" search={{ actor_kind: 'member', actor: one.member, state: 'active' } as never} title={`What ${one.name} has now: open a case to listen in`}>{one.name}</Link></th>
      <td><Tag tone={TONES[state]}>{HERE[state].label}</Tag> {one.presence && state !== 'off' && <span className={css.of}><Time ms={one.presence.since_ms} ago /></span>}</td>
      <td className={`${parts.right} num`}>{one.has === 0 ? <span className={css.zero}>0</span> : count(one.has)}<span className={css.of}> / {one.profile.places}</span></td>
      <td className={`${parts.right} num`}>{one.late === 0 ? <span className={css.zero}>0</span> : <span className={css.risk}>{count(one.late)}</span>}</td>
      <td className={`${parts.right} num`}><Upset one={one} /></td>
      <td className={`${parts.right} num`}>{count(one.done_today)}</td>
      {leads.length > 0 && (
        <td className={parts.right}>
          {one.has > 0 && at && <Button size="compact-xs" variant="light" onClick={onReassign}>Reassign</Button>}
          {state !== 'off' && at && <Button size="compact-xs" variant="subtle" loading={off.isPending} onClick={() => off.mutate()}>Sign off</Button>}
        </td>
      )}
    </tr>
  );
}

/** The share of somebody's open cases whose customer sounds angry in what they wrote last. */
function Upset({ one }: { one: Colleague }) {
  if (!one.heard) return <span className={css.zero} title="Known of no open case">–</span>;
  const says = share((one.negative ?? 0) / one.heard);
  if (!one.negative) return <span className={css.zero}>{says}</span>;
  return <Link className={css.risk} to="/cases" search={{ actor_kind: 'member', actor: one.member, state: 'active', upset: '1' } as never} aria-label={`Upset customers of ${one.name}: ${says}`}>{says}</Link>;
}
