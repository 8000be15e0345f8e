import { Button, MultiSelect, NumberInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http } from '@/api/http';
import * as q from '@/api/queries';
import { words } from '@/lib/format';
import { holds } from '@/lib/grants';
import { tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { Panel } from '@/parts/Page';
import { HOUSE } from './roles';
import { Shown } from './Shown';
import { TokenList } from './TokenList';
import css from './settings.module.css';

const ROLES = ['service', 'integrator', 'human_agent', 'supervisor', 'auditor', 'admin'];
const DAY_MS = 24 * 60 * 60 * 1000;
const DAYS_MAX = 3650;
/** None, or whole days: what is typed half, such as a sign alone, would make a token that never ends. */
const isTerm = (days: number | string) => days === '' || (Number(days) >= 1 && Number(days) <= DAYS_MAX);

/** Tokens for other programs. The text of one is shown once: only its digest is kept. */
export function Tokens() {
  const clients = useClients();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<string[]>(['service']);
  const [chosen, setChosen] = useState<string | null>(null);
  const [days, setDays] = useState<number | string>('');
  const { data: session } = useQuery(q.session);
  const places = holds(session, ['admin', 'integrator'], 'house') ? [...clients.options, HOUSE] : clients.options;
  const client = chosen ?? places[0]?.value ?? '';
  const create = useMutation({
    mutationFn: () => http.post<{ token: string }>('/tokens', { name: name.trim(), roles, client, expires_ms: days === '' ? undefined : Date.now() + Number(days) * DAY_MS }),
    onSuccess: () => { setName(''); void queries.invalidateQueries({ queryKey: ['tokens'] }); },
    onError: tellFailure,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate();
  };
  if (client === '') return null;
  return (
    <div className={css.grid}>
      <Select label="Client" description="Whose work its tokens may do" data={places} value={client} onChange={(next) => { setChosen(next); create.reset(); }} allowDeselect={false} maw={320} />
      <TokenList client={client} />
      <Panel title="New token">
        <form className={css.form} onSubmit={submit} aria-label="New token">
          <TextInput label="Name" description="What will use it: letters, digits, - _ ." pattern="[A-Za-z0-9._\-]{1,64}" required value={name} onChange={(event) => setName(event.currentTarget.value)} />
          <MultiSelect label="Roles" description="No more than it needs" required data={ROLES.map((value) => ({ value, label: words(value) }))} value={roles} onChange={setRoles} />
          <NumberInput label="Days until it ends" description="It never ends, if empty" min={1} max={DAYS_MAX} allowDecimal={false} value={days} onChange={setDays} />
          <Button type="submit" loading={create.isPending} disabled={!name.trim() || roles.length === 0 || !isTerm(days)}>Create token</Button>
        </form>
        <div aria-live="polite">{create.data && <Shown token={create.data.token} />}</div>
      </Panel>
    </div>
  );
}
