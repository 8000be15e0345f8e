import { FileInput, Textarea, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Imported } from '@/api/connectorTypes';
import { http, seg } from '@/api/http';
import { Files } from './Made';
import { Found, Look, Signing, Step, useImport } from './Picking';
import { asked, kept, type Way, wayOf } from './SignIn';
import css from './connectors.module.css';

/** The description of an API becomes a connector. */
export function FromDescription({ client, start }: { client: string; start: ReactNode }) {
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const [way, setWay] = useState<Way>(wayOf(null));
  const [place, setPlace] = useState('');
  const [said, setSaid] = useState('');
  const send = (operations?: unknown[]) => http.post<Imported>(`/clients/${seg(client)}/connectors/import`, {
    text,
    name: name.trim() || undefined,
    ...(operations && { operations, auth: asked(way), base_url: moved(place, said) }),
  });
  const it = useImport(send, { seen: ({ report }) => { setWay(wayOf(report.auth)); setPlace(report.base_url); setSaid(report.base_url); } });
  // What was found is of what was read, and of nothing that was put in its place since.
  const anew = <T,>(set: (next: T) => void) => (next: T) => { it.anew(); set(next); };
  return (
    <div className={css.screen}>
      <Step title="1. The description">
        <div className={css.form}>
          {start}
          <FileInput label="File" description="Swagger 2.0 or OpenAPI 3, JSON or YAML" placeholder="Choose a file" accept=".json,.yaml,.yml" onChange={(file) => void file?.text().then(anew(setText))} />
          <Textarea label="Or its text" autosize minRows={4} maxRows={12} value={text} onChange={(event) => anew(setText)(event.currentTarget.value)} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }} />
          <TextInput label="Name" description="Of the connector; made from the description’s title if left empty" pattern="[A-Za-z][A-Za-z0-9_\-]{0,63}" value={name} onChange={(event) => anew(setName)(event.currentTarget.value)} />
          <Look of={it} label="Read it" ready={Boolean(text.trim() && client)} />
        </div>
      </Step>
      <Found of={it} step={2} what="Operations" />
      <Signing of={it} title="3. Where it is, and signing in" way={way} onWay={setWay} suggested={it.look.data?.report.auth ?? null}>
        <div className={css.form}>
          <TextInput label="Address of the system" description="Each client may have its own: {{param.NAME}} is filled in from the overlay" placeholder="https://api.example/v1" value={place} onChange={(event) => { it.changed(); setPlace(event.currentTarget.value); }} />
        </div>
      </Signing>
      {it.make.data && <Files step={4} client={client} of={it.make.data} secret={kept(way)} onKept={() => setWay({ ...way, user: '', secret: '' })} />}
    </div>
  );
}

/** The address, where it is another than the description's. */
const moved = (place: string, said: string) => (place.trim() && place.trim() !== said ? place.trim() : undefined);
