import { Button, Checkbox, Group, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import { holds } from '@/lib/grants';
import { save } from '@/lib/save';
import { tellDone, tellFailure } from '@/lib/tell';
import { Failure } from '@/parts/States';
import css from './case.module.css';

const EXPORTERS = ['admin', 'client_success'];
const ERASERS = ['admin'];

interface Props {
  client: string;
  id: string;
}

/** A customer's own data as a whole: given out, held against erasure, and erased with a certificate. */
export function CustomerData({ client, id }: Props) {
  const { data: session } = useQuery(q.session);
  const may = holds(session, ERASERS, client);
  if (!holds(session, EXPORTERS, client)) return null;
  return (
    <section className={css.facts} aria-label="Their data">
      <h2 className={css.head}>Their data</h2>
      <Export client={client} id={id} />
      {may && <Hold client={client} id={id} />}
      {may && <Erase client={client} id={id} />}
    </section>
  );
}

const at = ({ client, id }: Props) => `/clients/${seg(client)}/customers/${seg(id)}`;

function Export(of: Props) {
  const give = useMutation({
    mutationFn: () => http.get<object>(`${at(of)}/export`),
    onSuccess: (found) => save(`customer-${of.id}.json`, JSON.stringify(found, null, 2), 'application/json'),
    onError: tellFailure,
  });
  return (
    <Group justify="space-between" gap="xs">
      <p className={css.faint}>All that is kept of them, by whichever channel, as a file. That it was taken stands in the ledger.</p>
      <Button size="xs" variant="default" loading={give.isPending} onClick={() => give.mutate()}>Export</Button>
    </Group>
  );
}

function Hold(of: Props) {
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const known = useQuery({ ...q.person(of.client, of.id), retry: false });
  const done = async (words: string) => { setReason(''); tellDone(words); await queries.invalidateQueries({ queryKey: q.person(of.client, of.id).queryKey }); };
  const hold = useMutation({ mutationFn: () => http.put(`${at(of)}/hold`, { reason }), onSuccess: () => done('Held: nothing of theirs is erased until it is lifted'), onError: tellFailure });
  const lift = useMutation({ mutationFn: () => http.delete(`${at(of)}/hold`), onSuccess: () => done('The hold is lifted'), onError: tellFailure });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    hold.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Hold">
      <Group align="end" gap="xs">
        <TextInput size="xs" style={{ flex: 1 }} label="Hold" description={known.data?.held ? `Held: ${known.data.held}` : 'Why nothing of theirs may be erased, such as a lawsuit'} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <Button type="submit" size="xs" variant="default" loading={hold.isPending} disabled={reason.trim() === ''}>Hold</Button>
        <Button size="xs" variant="default" loading={lift.isPending} disabled={known.isSuccess && !known.data.held} onClick={() => lift.mutate()}>Lift</Button>
      </Group>
    </form>
  );
}

function Erase(of: Props) {
  const [open, setOpen] = useState(false);
  const [sure, setSure] = useState(false);
  const queries = useQueryClient();
  // Whoever opens it again says anew that they are sure.
  const close = () => { setOpen(false); setSure(false); };
  const erase = useMutation({
    mutationFn: () => http.delete<object>(at(of)),
    onSuccess: async (certificate) => {
      // Its salt is given this once.
      save(`erasure-${of.id}.json`, JSON.stringify(certificate, null, 2), 'application/json');
      close();
      tellDone('Erased; the certificate is saved');
      await queries.invalidateQueries();
    },
  });
  return (
    <Group justify="space-between" gap="xs">
      <p className={css.faint}>Name, addresses and words, in every case of theirs; what stays is in the certificate.</p>
      <Button size="xs" color="brick" variant="outline" onClick={() => setOpen(true)}>Erase…</Button>
      <Modal opened={open} onClose={close} title="Erase this customer" closeButtonProps={{ 'aria-label': 'Cancel' }}>
        <div style={{ display: 'grid', gap: 12 }}>
          <p>Everything of theirs is destroyed, and nobody brings it back. The certificate is saved as a file: keep it, for its salt is nowhere else.</p>
          <Checkbox label="Erase them for good" checked={sure} onChange={(event) => setSure(event.currentTarget.checked)} />
          {erase.error && <Failure error={erase.error} />}
          <Button color="brick" loading={erase.isPending} disabled={!sure} onClick={() => erase.mutate()}>Erase</Button>
        </div>
      </Modal>
    </Group>
  );
}
