import { Button, MultiSelect, PasswordInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http } from '@/api/http';
import * as q from '@/api/queries';
import { words } from '@/lib/format';
import { holds } from '@/lib/grants';
import { tellDone } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { Panel } from '@/parts/Page';
import { Wrong } from '@/parts/States';
import { HOUSE, ROLES } from './roles';
import css from './settings.module.css';

/** Where one may administer members: clients, and the installation. */
export function useAdministered() {
  const clients = useClients();
  const { data: session } = useQuery(q.session);
  const places = clients.options.filter((one) => holds(session, ['admin'], one.value));
  return holds(session, ['admin'], 'house') ? [...places, HOUSE] : places;
}

/** A new member, with a first password where they sign in by one, and what they are where. */
export function AddMember() {
  const places = useAdministered();
  const queries = useQueryClient();
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [chosen, setChosen] = useState<string | null>(null);
  const [roles, setRoles] = useState<string[]>(['human_agent']);
  const client = chosen ?? places[0]?.value;
  const add = useMutation({
    mutationFn: () => http.post('/members', { email: email.trim(), name: name.trim(), client, roles, ...(password ? { password } : {}) }),
    onSuccess: async () => {
      tellDone(`${name.trim()} is a member`);
      setEmail('');
      setName('');
      setPassword('');
      await queries.invalidateQueries({ queryKey: ['members'] });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    add.mutate();
  };
  if (!client) return null;
  return (
    <Panel title="New member">
      <form className={css.form} onSubmit={submit} aria-label="New member">
        <TextInput type="email" label="E-mail" description="What they sign in with" required value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
        <TextInput label="Name" description="As colleagues and customers see it" required value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <PasswordInput label="First password" description="None: they come in by single sign-on" minLength={10} autoComplete="new-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
        <Select label="Where" description="Where the roles hold" data={places} value={client} onChange={setChosen} allowDeselect={false} />
        <MultiSelect label="Roles" description="What they are there" data={ROLES.map((value) => ({ value, label: words(value) }))} value={roles} onChange={setRoles} />
        <Button type="submit" loading={add.isPending} disabled={!email.trim() || !name.trim() || (roles.length === 0 && client !== HOUSE.value)}>Add</Button>
        <div className={css.wide}><Wrong error={add.error} /></div>
      </form>
    </Panel>
  );
}
