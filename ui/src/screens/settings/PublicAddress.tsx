import { Button, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, Problem } from '@/api/http';
import type { PublicAddress as Known } from '@/api/passkeyTypes';
import * as q from '@/api/queries';
import { tellDone, tellFailure } from '@/lib/tell';
import { Panel } from '@/parts/Page';
import { Show } from '@/parts/States';
import css from './settings.module.css';

/** Where browsers reach Baton: passkeys belong to its name. For administrators of the installation. */
export function PublicAddress() {
  const read = useQuery({ ...q.publicAddress, retry: false });
  if (read.isPending || (read.error instanceof Problem && read.error.status === 403)) return null;
  return (
    <Panel title="Address of this installation">
      <Show of={read}>{(known) => <Form key={`${known.address} ${known.own}`} known={known} />}</Show>
    </Panel>
  );
}

function Form({ known }: { known: Known }) {
  const queries = useQueryClient();
  const [address, setAddress] = useState(known.address ?? window.location.origin);
  const save = useMutation({
    mutationFn: (next: string | null) => http.put<Known>('/public-address', { address: next }),
    onSuccess: async () => {
      tellDone('The address is set');
      await Promise.all([queries.invalidateQueries({ queryKey: ['address'] }), queries.invalidateQueries({ queryKey: ['ways'] })]);
    },
    onError: tellFailure,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate(address.trim());
  };
  return (
    <form className={css.form} onSubmit={submit} aria-label="Address of this installation">
      <TextInput label="Address for browsers" description="Passkeys belong to its name: one made under another opens nothing here" required value={address} onChange={(event) => setAddress(event.currentTarget.value)} />
      <Button type="submit" loading={save.isPending} disabled={!address.trim()}>Set address</Button>
      {known.own && <Button variant="default" disabled={save.isPending} onClick={() => save.mutate(null)}>Take it back</Button>}
      <p className={`${css.faint} ${css.wide}`}>
        {known.address === null ? 'Not set: there are no passkeys here yet.' : known.own ? 'Set here.' : 'The address of single sign-on.'}
        {known.address !== null && known.why_not !== null && ` ${known.why_not}.`}
        {known.elsewhere > 0 && ` Passkeys that belong to another name: ${known.elsewhere}.`}
      </p>
    </form>
  );
}
