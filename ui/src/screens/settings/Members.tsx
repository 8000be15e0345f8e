import { Button, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { Member } from '@/api/types';
import { languageName, words } from '@/lib/format';
import { holds } from '@/lib/grants';
import { MEMBER_READERS, useMembers } from '@/lib/names';
import { useClients } from '@/lib/useClients';
import { Tag } from '@/parts/Chips';
import { Empty, Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import { AddMember } from './AddMember';
import { MemberAccess } from './MemberAccess';
import { MemberForm } from './MemberForm';
import { MemberPasskeys } from './Passkeys';
import { Review } from './Review';
import css from './settings.module.css';

const LEADS = ['admin', 'supervisor', 'planner'];

export function Members() {
  const clients = useClients();
  const { data: session } = useQuery(q.session);
  const [chosen, setChosen] = useState<string | null>(null);
  // Whoever reads the members of single clients reads those of one at a time.
  const places = holds(session, MEMBER_READERS, 'house') ? [] : clients.options.filter((one) => holds(session, MEMBER_READERS, one.value));
  const at = chosen ?? places[0]?.value;
  const read = useMembers(at);
  return (
    <>
      {places.length > 1 && <Select label="Client" description="Whose members are shown" data={places} value={at ?? null} onChange={setChosen} allowDeselect={false} maw={320} />}
      <Show of={read}>
        {(page) => page.items.length === 0 ? <Empty title="No members" /> : (
          <div className={parts.tableWrap} tabIndex={0} role="region" aria-label="Members">
            <table className={parts.table}>
              <thead><tr><th scope="col">Name</th><th scope="col">Roles</th><th scope="col">Languages</th><th scope="col">Licences and skills</th><th scope="col"><span className="vh">Edit</span></th></tr></thead>
              <tbody>{page.items.map((member) => <Row key={member.id} member={member} />)}</tbody>
            </table>
          </div>
        )}
      </Show>
      <AddMember />
      {holds(session, MEMBER_READERS) && <Review client={at} />}
    </>
  );
}

function Row({ member }: { member: Member }) {
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
    <tr>
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
    </tr>
  );
}
