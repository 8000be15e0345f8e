import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { Member } from '@/api/types';
import { languageName, words } from '@/lib/format';
import { holds } from '@/lib/grants';
import { useMembers } from '@/lib/names';
import { useClients } from '@/lib/useClients';
import { Tag } from '@/parts/Chips';
import { Empty, Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import { MemberPasskeys } from './Passkeys';
import css from './settings.module.css';

export function Members() {
  const read = useMembers();
  return (
    <Show of={read}>
      {(page) => page.items.length === 0 ? <Empty title="No members" /> : (
        <div className={parts.tableWrap} tabIndex={0} role="region" aria-label="Members">
          <table className={parts.table}>
            <thead><tr><th scope="col">Name</th><th scope="col">Roles</th><th scope="col">Languages</th><th scope="col">Licences and skills</th></tr></thead>
            <tbody>{page.items.map((member) => <Row key={member.id} member={member} />)}</tbody>
          </table>
        </div>
      )}
    </Show>
  );
}

function Row({ member }: { member: Member }) {
  const clients = useClients();
  const { data: session } = useQuery(q.session);
  const [open, setOpen] = useState(false);
  // What people sign in with belongs to the installation, whichever clients they work for.
  const administers = holds(session, ['admin'], 'house');
  const roles = (member.grants ?? []).map((grant) => `${words(grant.role)}${grant.client === 'house' ? '' : `, ${clients.name(grant.client)}`}`);
  return (
    <tr>
      <td>
        <strong style={{ fontWeight: 560 }}>{member.name}</strong> {member.state && member.state !== 'active' && <Tag tone="warn">{words(member.state)}</Tag>}
        <div className={css.faint}>{member.email}</div>
        {administers && <Button size="compact-xs" variant="subtle" aria-expanded={open} aria-label={`Passkeys of ${member.name}`} onClick={() => setOpen(!open)}>Passkeys</Button>}
        {open && <MemberPasskeys member={member.id} name={member.name} />}
      </td>
      <td>{roles.length ? [...new Set(roles)].map((role) => <div key={role}>{role}</div>) : <span className={css.faint}>—</span>}</td>
      <td>{member.languages.map(languageName).join(', ') || '—'}</td>
      <td>{[...member.licences, ...member.skills.map(words)].join(', ') || '—'}</td>
    </tr>
  );
}
