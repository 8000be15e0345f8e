import { ActionIcon, Button, Select, TextInput, VisuallyHidden } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconTrash } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import { http } from '@/api/http';
import * as q from '@/api/queries';
import type { GroupRole } from '@/api/types';
import { words } from '@/lib/format';
import { tellDone, tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { Panel } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import { HOUSE, ROLES } from './roles';
import css from './settings.module.css';

const same = (a: GroupRole, b: GroupRole) => a.group === b.group && a.client === b.client && a.role === b.role;

/** Which group of the directory gives which role: for claims at sign-in and for provisioned groups alike. */
export function GroupRoles() {
  const read = useQuery({ ...q.groupRoles, retry: false });
  return (
    <Panel title="Roles by group">
      <Show of={read} rows={2}>{(page) => <List items={page.items} />}</Show>
    </Panel>
  );
}

function List({ items }: { items: GroupRole[] }) {
  const clients = useClients();
  const queries = useQueryClient();
  const [group, setGroup] = useState('');
  const [client, setClient] = useState('house');
  const [role, setRole] = useState('human_agent');
  const set = useMutation({
    mutationFn: (next: GroupRole[]) => http.put('/group-roles', { items: next }),
    // Set until the list is read again: the next change is made to what stands there then.
    onSuccess: async () => { setGroup(''); tellDone('Roles by group are set'); await queries.invalidateQueries({ queryKey: ['sso'] }); },
    onError: tellFailure,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const added = { group: group.trim(), client, role };
    set.mutate([...items.filter((one) => !same(one, added)), added]);
  };
  const place = (id: string) => (id === 'house' ? 'The installation' : clients.name(id));
  return (
    <>
      {items.length === 0 ? <Empty title="No group gives a role">Roles are given to members by hand.</Empty> : (
        <div className={parts.tableWrap} tabIndex={0} role="region" aria-label="Roles by group">
          <table className={parts.table}>
            <thead><tr><th scope="col">Group</th><th scope="col">Where</th><th scope="col">Role</th><th scope="col"><VisuallyHidden>Remove</VisuallyHidden></th></tr></thead>
            <tbody>
              {items.map((one) => (
                <tr key={`${one.group}/${one.client}/${one.role}`}>
                  <td>{one.group}</td><td>{place(one.client)}</td><td>{words(one.role)}</td>
                  <td><ActionIcon variant="subtle" disabled={set.isPending} aria-label={`Remove ${words(one.role)} from ${one.group}`} onClick={() => set.mutate(items.filter((other) => !same(other, one)))}><IconTrash size={16} aria-hidden /></ActionIcon></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <form className={css.form} onSubmit={submit} aria-label="A group gives a role">
        <TextInput label="Group" description="As the directory writes it" required value={group} onChange={(event) => setGroup(event.currentTarget.value)} />
        <Select label="Where" data={[HOUSE, ...clients.options]} value={client} onChange={(next) => setClient(next ?? 'house')} allowDeselect={false} />
        <Select label="Role" data={ROLES.map((value) => ({ value, label: words(value) }))} value={role} onChange={(next) => setRole(next ?? 'human_agent')} allowDeselect={false} />
        <Button type="submit" loading={set.isPending} disabled={!group.trim()}>Add</Button>
      </form>
    </>
  );
}
