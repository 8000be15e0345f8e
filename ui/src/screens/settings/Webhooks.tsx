import { Badge, Button, Code, Group, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconWebhook } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import type { Hook, Sending } from '@/api/channelTypes';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import { words } from '@/lib/format';
import { tellDone, tellFailure } from '@/lib/tell';
import { Time } from '@/parts/Bits';
import { Panel } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import css from './settings.module.css';

/** Systems that are told what happens at a client. */
export function Webhooks({ client }: { client: string }) {
  const read = useQuery({ ...q.webhooks(client), refetchInterval: 10_000, retry: false });
  return (
    <>
      <Panel title="Webhooks">
        <Show of={read} rows={2}>
          {(page) => page.items.length === 0
            ? <Empty title="No webhook" icon={<IconWebhook size={24} aria-hidden />}>Add one below, and a system is told what happens here.</Empty>
            : <ul>{page.items.map((hook) => <Row key={hook.id} client={client} hook={hook} />)}</ul>}
        </Show>
      </Panel>
      <Add client={client} />
    </>
  );
}

function Row({ client, hook }: { client: string; hook: Hook }) {
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const path = `/clients/${seg(client)}/webhooks/${seg(hook.id)}`;
  const seen = () => { void queries.invalidateQueries({ queryKey: ['webhooks', client] }); };
  const test = useMutation({ mutationFn: () => http.post(`${path}/test`, {}), onSuccess: () => { tellDone('A test is sent'); seen(); }, onError: tellFailure });
  const turn = useMutation({ mutationFn: () => http.post(`${path}/switch`, { on: hook.state !== 'on' }), onSuccess: seen, onError: tellFailure });
  const again = useMutation({ mutationFn: () => http.post(`${path}/replay`, {}), onSuccess: () => { tellDone('What was given up is sent again'); seen(); }, onError: tellFailure });
  return (
    <li className={css.stop}>
      <IconWebhook size={18} aria-hidden />
      <div>
        <Group gap="xs"><strong>{hook.name}</strong><Badge variant="light" color={hook.state === 'on' ? 'teal' : 'gray'}>{words(hook.state)}</Badge></Group>
        <div className={css.faint}>{hook.url}: {hook.kinds.join(', ')}; {hook.waiting} waiting, {hook.dead} given up{hook.why === null ? '' : `. ${hook.why}`}</div>
        {open && <Log client={client} hook={hook.id} />}
      </div>
      <Group gap="xs">
        <Button size="xs" variant="subtle" aria-expanded={open} aria-label={`Log of ${hook.name}`} onClick={() => setOpen(!open)}>Log</Button>
        {hook.dead > 0 && <Button size="xs" variant="default" loading={again.isPending} aria-label={`Send again what was given up for ${hook.name}`} onClick={() => again.mutate()}>Send again</Button>}
        <Button size="xs" variant="default" loading={test.isPending} aria-label={`Test ${hook.name}`} onClick={() => test.mutate()}>Test</Button>
        <Button size="xs" variant="default" loading={turn.isPending} aria-label={`${hook.state === 'on' ? 'Put off' : 'Put on'} ${hook.name}`} onClick={() => turn.mutate()}>{hook.state === 'on' ? 'Put off' : 'Put on'}</Button>
      </Group>
    </li>
  );
}

function Log({ client, hook }: { client: string; hook: string }) {
  const read = useQuery({ ...q.hookDeliveries(client, hook), refetchInterval: 10_000, retry: false });
  const line = (sent: Sending) => <li key={sent.id}>{sent.kind}, <Time ms={sent.created_ms} />: {words(sent.state)} after {sent.attempts}{sent.status === null ? '' : `, answered ${sent.status}`}{sent.error === null ? '' : `, ${sent.error}`}</li>;
  return (
    <Show of={read} rows={2}>
      {(page) => page.items.length === 0 ? <span className={css.faint}>Nothing was told yet.</span> : <ul className={css.faint}>{page.items.slice(0, 20).map(line)}</ul>}
    </Show>
  );
}

function Add({ client }: { client: string }) {
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [kinds, setKinds] = useState('case.*');
  const [secret, setSecret] = useState<string | null>(null);
  const add = useMutation({
    mutationFn: () => http.post<{ id: string; secret: string }>(`/clients/${seg(client)}/webhooks`, { name: name.trim(), url: url.trim(), kinds: kinds.split(/[\s,]+/).filter((kind) => kind !== '') }),
    onSuccess: (made) => { setSecret(made.secret); setName(''); setUrl(''); void queries.invalidateQueries({ queryKey: ['webhooks', client] }); },
    onError: tellFailure,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <Panel title="Add a webhook">
      <form className={css.form} onSubmit={submit}>
        <TextInput label="Name" required value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <TextInput label="Address" description="The release's egress.yaml must allow a POST there" type="url" required value={url} onChange={(event) => setUrl(event.currentTarget.value)} />
        <TextInput className={css.wide} label="What is told" description="Kinds of ledger entries, such as case.opened, case.* or *" required value={kinds} onChange={(event) => setKinds(event.currentTarget.value)} />
        <Button type="submit" loading={add.isPending} leftSection={<IconWebhook size={16} aria-hidden />}>Add</Button>
      </form>
      {secret !== null && <p role="status">Deliveries are signed with <Code>{secret}</Code>. It is shown this once.</p>}
    </Panel>
  );
}
