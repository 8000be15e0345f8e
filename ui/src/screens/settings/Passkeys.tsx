import { Badge, Button, Group, Modal, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconKey } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import type { Passkey } from '@/api/passkeyTypes';
import * as q from '@/api/queries';
import { canPasskey, makePasskey, type Creation } from '@/lib/passkey';
import { tellDone, tellFailure } from '@/lib/tell';
import { useFocusKept } from '@/lib/useFocusKept';
import { Time } from '@/parts/Bits';
import { Panel } from '@/parts/Page';
import { Empty, Show, Wrong } from '@/parts/States';
import css from './settings.module.css';

const NAME_CHARS_MAX = 60;

/** One's own passkeys: to sign in by one alone, or as second factor. */
export function Passkeys() {
  const read = useQuery({ ...q.passkeys, retry: false });
  useFocusKept(read.data ? String(read.data.items.length) : '');
  const ways = useQuery({ ...q.ways, retry: false });
  return (
    <Panel title="Your passkeys">
      <Show of={read} rows={2}>
        {(page) => page.items.length === 0
          ? <Empty title="No passkey" icon={<IconKey size={24} aria-hidden />}>With one you sign in by your device’s PIN, finger or face, without a password. From then on your password alone opens nothing; add a second one, for when the first is lost.</Empty>
          : <List items={page.items} path="/session/passkeys" own />}
      </Show>
      {ways.data && (ways.data.passkey ? <Add /> : <p className={css.faint} style={{ padding: 14 }}>No passkey can be added yet: an administrator has to set the address of this installation, which must have a name.</p>)}
    </Panel>
  );
}

/** A member's passkeys, for an administrator: who has lost theirs can be let in anew. */
export function MemberPasskeys({ member, name }: { member: string; name: string }) {
  const read = useQuery({ ...q.passkeysOf(member), retry: false });
  useFocusKept(read.data ? String(read.data.items.length) : '');
  return (
    <Show of={read} rows={1}>
      {(page) => page.items.length === 0 ? <p className={css.faint}>{name} has no passkey.</p> : <List items={page.items} path={`/members/${seg(member)}/passkeys`} />}
    </Show>
  );
}

function List({ items, path, own = false }: { items: Passkey[]; path: string; own?: boolean }) {
  const queries = useQueryClient();
  const [named, setNamed] = useState<Passkey | null>(null);
  const remove = useMutation({
    mutationFn: (id: string) => http.delete(`${path}/${seg(id)}`),
    onSuccess: async () => { tellDone('The passkey is removed'); await queries.invalidateQueries({ queryKey: ['passkeys'] }); },
    onError: tellFailure,
  });
  return (
    <>
      <ul aria-label="Passkeys">
        {items.map((one) => (
          <li key={one.id} className={css.stop}>
            <IconKey size={18} aria-hidden />
            <div>
              <Group gap="xs">
                <strong>{one.name}</strong>
                {one.synced && <Badge variant="light" color="gray">on several devices</Badge>}
                {one.flagged_ms !== null && <Badge variant="light" color="red">opens nothing: it may have been copied</Badge>}
              </Group>
              <div className={css.faint}>For {one.site}; added <Time ms={one.created_ms} />, {one.used_ms === null ? 'never used' : <>last used <Time ms={one.used_ms} /></>}</div>
            </div>
            {own && <Button size="xs" variant="default" aria-label={`Rename ${one.name}`} onClick={() => setNamed(one)}>Rename</Button>}
            <Button size="xs" variant="default" aria-label={`Remove ${one.name}`} disabled={remove.isPending} onClick={() => remove.mutate(one.id)}>Remove</Button>
          </li>
        ))}
      </ul>
      <Modal opened={named !== null} onClose={() => setNamed(null)} title="Rename the passkey" closeButtonProps={{ 'aria-label': 'Cancel' }}>
        {named && <Rename one={named} onDone={() => setNamed(null)} />}
      </Modal>
    </>
  );
}

function Rename({ one, onDone }: { one: Passkey; onDone: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState(one.name);
  const rename = useMutation({
    mutationFn: () => http.post(`/session/passkeys/${seg(one.id)}`, { name: name.trim() }),
    onSuccess: async () => { tellDone('The passkey is renamed'); onDone(); await queries.invalidateQueries({ queryKey: ['passkeys'] }); },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    rename.mutate();
  };
  return (
    <form onSubmit={submit} style={{ display: 'grid', gap: 12 }}>
      <TextInput label="Name of the passkey" required data-autofocus maxLength={NAME_CHARS_MAX} value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <Wrong error={rename.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onDone}>Cancel</Button>
        <Button type="submit" loading={rename.isPending} disabled={!name.trim()}>Rename it</Button>
      </Group>
    </form>
  );
}

function Add() {
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const add = useMutation({
    mutationFn: async () => {
      const credential = await makePasskey(await http.post<Creation>('/session/passkeys/challenge'));
      return http.post<Passkey>('/session/passkeys', { name: name.trim(), credential });
    },
    onSuccess: async () => { setName(''); tellDone('The passkey is added'); await queries.invalidateQueries({ queryKey: ['passkeys'] }); },
    onError: tellFailure,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    add.mutate();
  };
  if (!canPasskey()) return <p className={css.faint} style={{ padding: 14 }}>This browser has no passkeys here: they need a newer one, and https.</p>;
  return (
    <form className={css.form} onSubmit={submit} aria-label="New passkey">
      <TextInput label="Name of the passkey" description="Such as the device that holds it" required maxLength={NAME_CHARS_MAX} value={name} onChange={(event) => setName(event.currentTarget.value)} />
      <Button type="submit" loading={add.isPending} disabled={!name.trim()}>Add passkey</Button>
    </form>
  );
}
