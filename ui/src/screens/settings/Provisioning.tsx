import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http } from '@/api/http';
import { tellFailure } from '@/lib/tell';
import { Panel } from '@/parts/Page';
import { Shown } from './Shown';
import css from './settings.module.css';

/** A token for the directory that keeps members (SCIM 2.0). It opens that and nothing else. */
export function Provisioning() {
  const [name, setName] = useState('');
  const create = useMutation({
    mutationFn: () => http.post<{ token: string }>('/tokens', { name: name.trim(), roles: ['provisioner'], audience: 'scim' }),
    onSuccess: () => setName(''),
    onError: tellFailure,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate();
  };
  return (
    <Panel title="Provisioning (SCIM 2.0)">
      <form className={css.form} onSubmit={submit} aria-label="Token for a directory">
        <p className={`${css.faint} ${css.wide}`}>The directory finds Baton at <code>{`${window.location.origin}/scim/v2`}</code>. Who is disabled there is out at once, and their work goes back.</p>
        <TextInput label="Directory" description="Letters, digits, - _ ." pattern="[A-Za-z0-9._\-]{1,64}" required value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Button type="submit" loading={create.isPending} disabled={!name.trim()}>Create token</Button>
      </form>
      <div aria-live="polite">{create.data && <Shown token={create.data.token} />}</div>
    </Panel>
  );
}
