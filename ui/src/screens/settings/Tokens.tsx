import { Button, CopyButton, MultiSelect, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http } from '@/api/http';
import { words } from '@/lib/format';
import { tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { Panel } from '@/parts/Page';
import css from './settings.module.css';

const ROLES = ['service', 'integrator', 'human_agent', 'supervisor', 'auditor', 'admin'];

/** A token for another program. It is shown once: only its digest is kept. */
export function Tokens() {
  const clients = useClients();
  const [name, setName] = useState('');
  const [roles, setRoles] = useState<string[]>(['service']);
  const [client, setClient] = useState<string | null>(null);
  const create = useMutation({
    mutationFn: () => http.post<{ token: string }>('/tokens', { name: name.trim(), roles, client: client ?? clients.list[0]?.id }),
    onSuccess: () => setName(''),
    onError: tellFailure,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Panel title="New token">
      <form className={css.form} onSubmit={submit}>
        <TextInput label="Name" description="What will use it: letters, digits, - _ ." pattern="[A-Za-z0-9._\-]{1,64}" required value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Select label="Client" description="Whose work it may do" data={clients.options} value={client ?? clients.list[0]?.id ?? null} onChange={setClient} allowDeselect={false} />
        <MultiSelect label="Roles" description="No more than it needs" required data={ROLES.map((value) => ({ value, label: words(value) }))} value={roles} onChange={setRoles} />
        <Button type="submit" loading={create.isPending} disabled={!name.trim() || roles.length === 0}>Create token</Button>
      </form>
      <div aria-live="polite">
        {create.data && (
          <div className={css.token}>
            <strong>Copy it now: it is not shown again.</strong>
            <code>{create.data.token}</code>
            <CopyButton value={create.data.token}>{({ copied, copy }) => <Button size="xs" variant="default" onClick={copy} style={{ justifySelf: 'start' }}>{copied ? 'Copied' : 'Copy'}</Button>}</CopyButton>
          </div>
        )}
      </div>
    </Panel>
  );
}
