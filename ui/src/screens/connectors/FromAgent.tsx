import { TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Imported } from '@/api/connectorTypes';
import { http, seg } from '@/api/http';
import { Files } from './Made';
import { Found, Inside, Look, Signing, Step, useImport } from './Picking';
import { asked, kept, type Way, wayOf } from './SignIn';
import css from './connectors.module.css';

/** An outside agent becomes a connector: its card is pinned, and its skills are actions to pick from. */
export function FromAgent({ client, start }: { client: string; start: ReactNode }) {
  const [url, setUrl] = useState('');
  const [name, setName] = useState('');
  const [inside, setInside] = useState(false);
  const [way, setWay] = useState<Way>(wayOf(null));
  const it = useImport((operations) => http.post<Imported>(`/clients/${seg(client)}/connectors/import-agent`, { url: url.trim(), name: name.trim(), inside, operations, auth: operations && asked(way) }));
  const anew = <T,>(set: (next: T) => void) => (next: T) => { it.anew(); set(next); };
  return (
    <div className={css.screen}>
      <Step title="1. The agent">
        <div className={css.form}>
          {start}
          <TextInput label="Address of its card" description="A2A 1.0, JSON-RPC" placeholder="https://planner.example/.well-known/agent-card.json" value={url} onChange={(event) => anew(setUrl)(event.currentTarget.value)} />
          <TextInput label="Name" description="Of the connector" pattern="[A-Za-z][A-Za-z0-9_\-]{0,63}" value={name} onChange={(event) => anew(setName)(event.currentTarget.value)} />
          <Inside client={client} on={inside} onChange={anew(setInside)} />
          <Look of={it} label="Read its card" ready={Boolean(url.trim() && name.trim() && client)} />
        </div>
      </Step>
      <Found of={it} step={2} what="Skills and what else it can be asked" />
      <Signing of={it} title="3. Signing in" way={way} onWay={setWay} />
      {it.make.data && <Files step={4} client={client} of={it.make.data} secret={kept(way)} onKept={() => setWay({ ...way, user: '', secret: '' })} />}
    </div>
  );
}
