import { TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Imported } from '@/api/connectorTypes';
import { http, seg } from '@/api/http';
import { Operations } from './Write';
import { type Draft, operationOf, withEmpty } from './drafts';
import { Files } from './Made';
import { Found, Look, Signing, Step, useImport } from './Picking';
import { asked, kept, type Way, wayOf } from './SignIn';
import css from './connectors.module.css';

/** A service that nobody described becomes a connector: each operation that somebody writes is an action. */
export function FromService({ client, start }: { client: string; start: ReactNode }) {
  const [name, setName] = useState('');
  const [place, setPlace] = useState('');
  const [way, setWay] = useState<Way>(wayOf(null));
  const [drafts, setDrafts] = useState<Draft[]>(withEmpty([]));
  const send = (operations?: unknown[]) => http.post<Imported>(`/clients/${seg(client)}/connectors/import-operations`, { name: name.trim(), base_url: place.trim(), written: drafts.map(operationOf), operations, auth: operations && asked(way) });
  const it = useImport(send, { all: true });
  const anew = <T,>(set: (next: T) => void) => (next: T) => { it.anew(); set(next); };
  return (
    <div className={css.screen}>
      <Step title="1. The service">
        <div className={css.form}>
          {start}
          <TextInput label="Name" description="Of the connector" pattern="[A-Za-z][A-Za-z0-9_\-]{0,63}" value={name} onChange={(event) => anew(setName)(event.currentTarget.value)} />
          <TextInput label="Address" description="Each client may have its own: {{param.NAME}} is filled in from the overlay" placeholder="https://parcels.example/v2" value={place} onChange={(event) => anew(setPlace)(event.currentTarget.value)} />
        </div>
      </Step>
      <Step title="2. Operations">
        <div className={css.form}>
          <Operations drafts={drafts} onChange={anew(setDrafts)} />
          <Look of={it} label="Check them" ready={Boolean(name.trim() && place.trim() && client && drafts.length)} />
        </div>
      </Step>
      <Found of={it} step={3} what="Operations" />
      <Signing of={it} title="4. Signing in" way={way} onWay={setWay} />
      {it.make.data && <Files step={5} client={client} of={it.make.data} secret={kept(way)} onKept={() => setWay({ ...way, user: '', secret: '' })} />}
    </div>
  );
}
