import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { Member } from '@/api/types';
import { languageName, words } from '@/lib/format';
import { holds } from '@/lib/grants';
import { MEMBER_READERS, useMembers } from '@/lib/names';
import { useClients } from '@/lib/useClients';
import { Tag } from '@/parts/Chips';
import { Find } from '@/parts/Find';
import { Empty, Show } from '@/parts/States';
import { VirtualTable } from '@/parts/VirtualTable';
import parts from '@/parts/parts.module.css';
import { AddMember } from './AddMember';
import { MemberAccess } from './MemberAccess';
import { MemberForm } from './MemberForm';
import { MemberPasskeys } from './Passkeys';
import { Review } from './Review';
import css from './settings.module.css';

const LEADS = ['admin', 'supervisor', 'planner'];
const COLUMNS = ['Name', 'Roles', 'Languages', 'Licences and skills', '>Edit'];
const ROW_PX = 74;
// Fewer are seen at a glance.
const FIND_FROM = 10;

/** Whether a member's name, address or role holds what is looked for. */
function fits(member: Member, text: string): boolean {
  const all = [member.name, member.email, ...(member.grants ?? []).map((grant) => words(grant.role))];
  return all.some((one) => one.toLocaleLowerCase().includes(text));
}

export function Members() {
  const clients = useClients();
  const { data: session } = useQuery(q.session);
  const [chosen, setChosen] = useState<string | null>(null);
  // Whoever reads the members of single clients reads those of one at a time.
  const places = holds(session, MEMBER_READERS, 'house') ? [] : clients.options.filter((one) => holds(session, MEMBER_READERS, one.value));
  const at = chosen ?? places[0]?.value;
  const read = useMembers(at);
  const search = useSearch({ strict: false }) as { q?: string };
  const navigate = useNavigate();
  const text = (search.q ?? '').toLocaleLowerCase();
  const find = (q: string | undefined) => void navigate({ to: '/settings', search: { ...search, q } as never, replace: true });
  return (
    <>
      {places.length > 1 && <Select label="Client" description="Whose members are shown" data={places} value={at ?? null} onChange={setChosen} allowDeselect={false} maw={320} />}
      <Show of={read}>
        {(page) => {
          const shown = page.items.filter((member) => fits(member, text));
          return (
            <>
              {page.items.length >= FIND_FROM && <Find label="Find members by name, address or role" placeholder="Name, address or role" value={search.q} onFind={find} width={260} />}
              {page.items.length === 0 ? <Empty title="No members" /> : shown.length === 0 ? <Empty title="No member fits">Take away what is looked for.</Empty> : (
                <VirtualTable label="Members" rows={shown} keyOf={(member) => member.id} columns={COLUMNS} cells={(member) => <Cells member={member} />} height={ROW_PX} />
              )}
            </>
          );
        }}
      </Show>
      <AddMember />
      {holds(session, MEMBER_READERS) && <Review client={at} />}
    </>
  );
}

function Cells({ member }: { member: Member }) {
  const [open, setOpen] = useState(false);
  const clients = useClients();
  const { data: session } = useQuery(q.session);
  const [shows, setShows] = useState(false);
  const [access, setAccess] = useState(false);
  // What people sign in with belongs to the installation, whichever clients they work for.
  const administers = holds(session, ['admin'], 'house');
  const grants = member.grants ?? [];
  const roles = grants.map((grant) => `${words(grant.role)}${grant.client === 'house' ? '' : `, ${clients.name(grant.client)}`}`);
  // Where they work and one leads; of a member of the installation, there.
  const at = grants.find((grant) => grant.client === 'house' || holds(session, LEADS, grant.client))?.client;
  // Of a member without any role, the installation's administrators have the say.
  const administered = grants.find((grant) => holds(session, ['admin'], grant.client))?.client ?? (administers ? 'house' : undefined);
  return (
    <>
      <td>
        <strong style={{ fontWeight: 560 }}>{member.name}</strong> {member.state && member.state !== 'active' && <Tag tone="warn">{words(member.state)}</Tag>}
        <div className={css.faint}>{member.email}</div>
        {administers && <Button size="compact-xs" variant="subtle" aria-expanded={shows} aria-label={`Passkeys of ${member.name}`} onClick={() => setShows(!shows)}>Passkeys</Button>}
        {shows && <MemberPasskeys member={member.id} name={member.name} />}
      </td>
      <td>{roles.length ? [...new Set(roles)].map((role) => <div key={role}>{role}</div>) : <span className={css.faint}>—</span>}</td>
      <td>{member.languages.map(languageName).join(', ') || '—'}</td>
      <td>{[...member.licences, ...member.skills.map(words)].join(', ') || '—'}</td>
      <td className={parts.right}>
        {at && holds(session, LEADS, at) && <Button size="compact-sm" variant="default" aria-label={`Edit ${member.name}`} onClick={() => setOpen(true)}>Edit</Button>}
        {administered && <Button size="compact-sm" variant="subtle" aria-label={`Access of ${member.name}`} onClick={() => setAccess(true)}>Access</Button>}
        {access && administered && <MemberAccess member={member} at={administered} onClose={() => setAccess(false)} />}
        {open && at && <MemberForm client={at} member={member.id} name={member.name} administers={holds(session, ['admin'], at)} onClose={() => setOpen(false)} />}
      </td>
    </>
  );
}
