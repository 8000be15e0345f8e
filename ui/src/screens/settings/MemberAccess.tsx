import { Button, Checkbox, Group, PasswordInput, Select, SimpleGrid } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { Member } from '@/api/types';
import { count, words } from '@/lib/format';
import { holds } from '@/lib/grants';
import { tellDone, tellFailure } from '@/lib/tell';
import { Dialog } from '@/parts/Dialog';
import { Wrong } from '@/parts/States';
import { useAdministered } from './AddMember';
import { ROLES } from './roles';
import css from './settings.module.css';

const same = (a: string[], b: string[]) => a.length === b.length && a.every((one) => b.includes(one));

/** Who a member is where, their password, and whether they may come in at all. */
export function MemberAccess({ member, at, onClose }: { member: Member; at: string; onClose: () => void }) {
  const { data: session } = useQuery(q.session);
  const me = session?.member.id === member.id;
  const address = `/members/${seg(member.id)}`;
  return (
    <Dialog onClose={onClose} title={`Access of ${member.name}`} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <div style={{ display: 'grid', gap: 20 }}>
        <RolesForm member={member} address={address} />
        <Password address={address} at={at} />
        {!me && holds(session, ['admin'], 'house') && <Lost address={address} />}
        {!me && <Switched member={member} address={address} at={at} onDone={onClose} />}
      </div>
    </Dialog>
  );
}

function useRefresh() {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: ['members'] });
}

function RolesForm({ member, address }: { member: Member; address: string }) {
  const places = useAdministered();
  const refresh = useRefresh();
  const grants = member.grants ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const client = chosen ?? grants.find((one) => places.some((place) => place.value === one.client))?.client ?? places[0]?.value ?? '';
  const held = grants.filter((one) => one.client === client).map((one) => one.role);
  const [edited, setEdited] = useState<{ client: string; roles: string[] }>();
  const roles = edited?.client === client ? edited.roles : held;
  const save = useMutation({
    mutationFn: () => http.put(`${address}/roles`, { client, roles }),
    onSuccess: async () => { tellDone('Saved; it holds from now on'); await refresh(); setEdited(undefined); },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Roles" style={{ display: 'grid', gap: 12 }}>
      <Select label="Where" data={places} value={client} onChange={(next) => { setChosen(next); save.reset(); }} allowDeselect={false} />
      <Checkbox.Group label="Roles" description="A role that a group gives comes back with the group" value={roles} onChange={(next) => setEdited({ client, roles: next })}>
        <SimpleGrid cols={{ base: 1, xs: 2 }} spacing={8} mt={8}>
          {ROLES.map((role) => <Checkbox key={role} value={role} label={words(role)} />)}
        </SimpleGrid>
      </Checkbox.Group>
      <Wrong error={save.error} />
      <Button type="submit" loading={save.isPending} disabled={same(roles, held)} style={{ justifySelf: 'end' }}>Save roles</Button>
    </form>
  );
}

function Password({ address, at }: { address: string; at: string }) {
  const [password, setPassword] = useState('');
  const save = useMutation({
    mutationFn: () => http.post(address, { client: at, password }),
    onSuccess: () => { setPassword(''); tellDone('Another password is set; they are signed out everywhere'); },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Another password" style={{ display: 'grid', gap: 8 }}>
      <Group align="end" gap="xs">
        <PasswordInput label="Another password" description="Ends every session of theirs" minLength={10} autoComplete="new-password" style={{ flex: 1 }} value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
        <Button type="submit" variant="default" loading={save.isPending} disabled={password === ''}>Set it</Button>
      </Group>
      <Wrong error={save.error} />
    </form>
  );
}

/** A device that is gone: what it has open is ended, and its codes are asked for no more. */
function Lost({ address }: { address: string }) {
  const end = useMutation({
    mutationFn: () => http.delete<{ ended: number }>(`${address}/sessions`),
    onSuccess: (done) => tellDone(done.ended === 1 ? '1 session is ended' : `${count(done.ended)} sessions are ended`),
    onError: tellFailure,
  });
  const remove = useMutation({
    mutationFn: () => http.delete(`${address}/second-factor`),
    onSuccess: () => tellDone('Signing in asks them for no code of an app'),
    onError: tellFailure,
  });
  return (
    <Group justify="space-between" gap="xs">
      <p className={css.faint}>Where a device of theirs is lost.</p>
      <Group gap="xs">
        <Button variant="default" size="xs" loading={end.isPending} onClick={() => end.mutate()}>End their sessions</Button>
        <Button variant="default" size="xs" loading={remove.isPending} onClick={() => remove.mutate()}>Take the app away</Button>
      </Group>
    </Group>
  );
}

function Switched({ member, address, at, onDone }: { member: Member; address: string; at: string; onDone: () => void }) {
  const refresh = useRefresh();
  const out = member.state === 'disabled';
  const change = useMutation({
    mutationFn: () => http.post(address, { client: at, state: out ? 'active' : 'disabled' }),
    onSuccess: async () => {
      tellDone(out ? `${member.name} may come in again` : `${member.name} is out; what they had is back in its queues`);
      await refresh();
      onDone();
    },
    onError: tellFailure,
  });
  return (
    <Group justify="space-between" gap="xs">
      <p className={css.faint}>{out ? 'Disabled: cannot sign in. What they did stays.' : 'Disabled they are out at once, and what they have goes back to its queues. It can be undone here.'}</p>
      <Button variant="default" loading={change.isPending} onClick={() => change.mutate()}>{out ? 'Enable' : 'Disable'}</Button>
    </Group>
  );
}
