import { Badge, Button, Group, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconMail } from '@tabler/icons-react';
import { useState } from 'react';
import type { Mailbox, Owed, Tried } from '@/api/channelTypes';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import { fullTime, words } from '@/lib/format';
import { tellDone, tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { useInAddress } from '@/lib/useInAddress';
import { Time } from '@/parts/Bits';
import { Panel } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import { Webhooks } from './Webhooks';
import css from './settings.module.css';

/** Mailboxes of a client, and answers that did not arrive. */
export function Channels() {
  const clients = useClients();
  const [chosen, setChosen] = useInAddress('client', '');
  const client = chosen || clients.list[0]?.id || '';
  if (client === '') return <Empty title="No client yet">Channels are a client’s: deploy one.</Empty>;
  return (
    <div className={css.grid}>
      <Select label="Client" data={clients.options} value={client} onChange={(next) => setChosen(next ?? '')} allowDeselect={false} maw={320} />
      <Mailboxes client={client} />
      <Answers client={client} />
      <Webhooks client={client} />
    </div>
  );
}

function Mailboxes({ client }: { client: string }) {
  const read = useQuery({ ...q.channels(client), refetchInterval: 10_000, retry: false });
  return (
    <Panel title="Mailboxes">
      <Show of={read} rows={2}>
        {(page) => page.items.length === 0
          ? <Empty title="No mailbox" icon={<IconMail size={24} aria-hidden />}>Give the client an address in its overlay, and put it live.</Empty>
          : <ul>{page.items.map((box) => <Row key={box.name} client={client} box={box} />)}</ul>}
      </Show>
    </Panel>
  );
}

const COLOUR: Record<string, string> = { connected: 'teal', away: 'red' };

function Row({ client, box }: { client: string; box: Mailbox }) {
  const [tried, setTried] = useState<Tried | null>(null);
  const test = useMutation({
    mutationFn: () => http.post<Tried>(`/clients/${seg(client)}/channels/${seg(box.name)}/test`, {}),
    onSuccess: setTried,
    onError: tellFailure,
  });
  const missing = box.missing_secret === null ? null : `The secret '${box.missing_secret}' is not set`;
  return (
    <li className={css.stop}>
      <IconMail size={18} aria-hidden />
      <div>
        <Group gap="xs"><strong>{box.address}</strong><Badge variant="light" color={COLOUR[box.state] ?? 'gray'}>{words(box.state)}</Badge></Group>
        <div className={css.faint}>
          {box.folder} at {box.imap}, answers by {box.smtp}
          {box.received_ms === null ? '' : <>; last mail <Time ms={box.received_ms} /></>}
          {box.aside > 0 ? `; ${box.aside} set aside` : ''}
        </div>
        {(missing ?? box.error) !== null && <div className={css.faint} role="status">{missing ?? box.error}</div>}
        <div aria-live="polite">
          {tried?.steps.map((step) => <div key={step.what} className={css.faint}><span aria-hidden>{step.passed ? '✓' : '✗'}</span><span className="vh">{step.passed ? 'Passed: ' : 'Failed: '}</span> {step.what}: {step.detail}</div>)}
        </div>
      </div>
      <Button size="xs" variant="default" loading={test.isPending} aria-label={`Test ${box.address}`} onClick={() => test.mutate()}>Test</Button>
    </li>
  );
}

function Answers({ client }: { client: string }) {
  const failed = useQuery({ ...q.deliveries(client, 'failed'), retry: false });
  const bounced = useQuery({ ...q.deliveries(client, 'bounced'), retry: false });
  const rows = [...(failed.data?.items ?? []), ...(bounced.data?.items ?? [])];
  return (
    <Panel title="Answers that did not arrive">
      <Show of={failed.data === undefined ? failed : bounced} rows={2}>
        {() => rows.length === 0
          ? <Empty title="All arrived">What a mail server refuses, or sends back, is listed here and given to a person.</Empty>
          : <ul>{rows.map((owed) => <Answer key={owed.message} client={client} owed={owed} />)}</ul>}
      </Show>
    </Panel>
  );
}

function Answer({ client, owed }: { client: string; owed: Owed }) {
  const queries = useQueryClient();
  const again = useMutation({
    mutationFn: () => http.post(`/clients/${seg(client)}/deliveries/${seg(owed.message)}/retry`, {}),
    onSuccess: () => { tellDone('It is sent again'); void queries.invalidateQueries({ queryKey: ['deliveries'] }); },
    onError: tellFailure,
  });
  return (
    <li className={css.stop}>
      <IconMail size={18} color="var(--bt-bad)" aria-hidden />
      <div>
        <Link to="/cases/$client/$id" params={{ client, id: owed.case }}>Open the case</Link>: {words(owed.state)} after {owed.attempts} {owed.attempts === 1 ? 'attempt' : 'attempts'}, <Time ms={owed.created_ms} />
        <div className={css.faint}>{owed.error}</div>
      </div>
      <Button size="xs" variant="default" loading={again.isPending} aria-label={`Send the answer of ${fullTime(owed.created_ms)} again`} onClick={() => again.mutate()}>Send again</Button>
    </li>
  );
}
