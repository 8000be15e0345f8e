import { Button, PasswordInput, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { Imported } from '@/api/connectorTypes';
import { http, seg } from '@/api/http';
import { tellFailure } from '@/lib/tell';
import { Files } from './Made';
import { Step } from './Picking';
import css from './connectors.module.css';

const SCHEMES = [{ value: 'standard-webhooks', label: 'As Standard Webhooks say' }, { value: 'hmac-sha256', label: 'HMAC-SHA256 in a header of its own' }];
const ENCODINGS = [{ value: 'hex', label: 'hexadecimal' }, { value: 'base64', label: 'base64' }];
const BECOMES = [{ value: 'event', label: 'An event that processes listen to' }, { value: 'case', label: 'A case' }];
const BESIDE = 'It goes into the blueprint; what you propose there is checked, approved and published like any change. Until then nothing is taken in.';

type Said = Record<'name' | 'scheme' | 'header' | 'prefix' | 'encoding' | 'time' | 'id' | 'becomes' | 'type' | 'from' | 'address' | 'called' | 'text', string>;
const EMPTY: Said = { name: '', scheme: 'standard-webhooks', header: '', prefix: '', encoding: 'hex', time: '', id: '', becomes: 'event', type: '', from: '', address: '', called: '', text: '' };

const given = (text: string) => text.trim() || undefined;
function hookOf(said: Said) {
  const own = { header: given(said.header), prefix: said.prefix || undefined, encoding: said.encoding, timestamp_header: given(said.time) };
  return {
    signature: { scheme: said.scheme, ...(said.scheme === 'hmac-sha256' && own) },
    id: given(said.id),
    event: said.becomes === 'event' ? { type: said.type.trim(), type_from: given(said.from) } : undefined,
    case: said.becomes === 'case' ? { address: said.address.trim(), name: given(said.called), text: said.text.trim() } : undefined,
  };
}

/** What a system sends by itself: who sends it proves that, and it becomes an event or a case. */
export function FromWebhook({ client, start }: { client: string; start: ReactNode }) {
  const [said, setSaid] = useState<Said>(EMPTY);
  const [secret, setSecret] = useState('');
  const make = useMutation({ mutationFn: () => http.post<Imported>(`/clients/${seg(client)}/connectors/import-webhook`, { name: said.name.trim(), hook: hookOf(said) }), onError: tellFailure });
  const set = (key: keyof Said, value: string) => { make.reset(); setSaid({ ...said, [key]: value }); };
  const text = (key: keyof Said, label: string, description?: string, placeholder?: string) => (
    <TextInput label={label} description={description} placeholder={placeholder} value={said[key]} onChange={(event) => set(key, event.currentTarget.value)} />
  );
  const pick = (key: keyof Said, label: string, data: { value: string; label: string }[]) => (
    <Select label={label} data={data} value={said[key]} allowDeselect={false} onChange={(next) => next && set(key, next)} />
  );
  const ready = said.name.trim() && (said.becomes === 'event' ? said.type.trim() : said.address.trim() && said.text.trim());
  return (
    <div className={css.screen}>
      <Step title="1. What is sent, and by whom">
        <div className={css.form}>
          {start}
          {text('name', 'Name', `It is sent to ${window.location.origin}/hooks/${client}/${said.name.trim() || 'NAME'}`)}
          {pick('scheme', 'How the sender proves itself', SCHEMES)}
          {said.scheme === 'hmac-sha256' && (
            <>
              {text('header', 'Header with the signature', undefined, 'X-Signature')}
              {text('prefix', 'Text before it', undefined, 'sha256=')}
              {pick('encoding', 'How it is written', ENCODINGS)}
              {text('time', 'Header with the time', 'If there is one, what is signed is TIME.BODY; without it an old delivery is told by its id alone', 'X-Timestamp')}
            </>
          )}
          <PasswordInput label="The secret" description="Goes into the vault, into no file, and is shown to nobody again. Left empty, somebody sets it later" autoComplete="new-password" value={secret} onChange={(event) => setSecret(event.currentTarget.value)} />
          {text('id', 'Place of its id in the body', 'The same id is the same delivery; without one, the same body is', '/id')}
          {pick('becomes', 'What it becomes', BECOMES)}
          {said.becomes === 'event' && text('type', 'Type of the event', 'Or what stands before the type that the body names', 'com.acme.')}
          {said.becomes === 'event' && text('from', 'Place of the type in the body', 'If the body names one', '/type')}
          {said.becomes === 'case' && text('address', 'Place of the customer’s address in the body', undefined, '/submission/email')}
          {said.becomes === 'case' && text('called', 'Place of the customer’s name in the body', 'If the body has one', '/submission/name')}
          {said.becomes === 'case' && text('text', 'Place of what the customer wrote', undefined, '/submission/message')}
          <Button onClick={() => make.mutate()} loading={make.isPending} disabled={!ready || !client} style={{ justifySelf: 'start' }}>Make the file</Button>
        </div>
      </Step>
      {make.data && <Files step={2} client={client} of={make.data} secret={secret} onKept={() => setSecret('')} what="a webhook" beside={BESIDE} />}
    </div>
  );
}
