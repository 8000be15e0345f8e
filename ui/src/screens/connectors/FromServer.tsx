import { PasswordInput, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Imported } from '@/api/connectorTypes';
import { http, seg } from '@/api/http';
import { Files } from './Made';
import { Found, Inside, Look, Make, Step, useImport } from './Picking';
import css from './connectors.module.css';

/** An MCP server becomes a connector: its tools are listed, picked and pinned. */
export function FromServer({ client, start }: { client: string; start: ReactNode }) {
  const [url, setUrl] = useState('');
  const [name, setName] = useState('');
  const [token, setToken] = useState('');
  const [inside, setInside] = useState(false);
  const it = useImport((operations) => http.post<Imported>(`/clients/${seg(client)}/connectors/import-tools`, { url: url.trim(), name: name.trim(), token: token || undefined, inside, operations }));
  const anew = <T,>(set: (next: T) => void) => (next: T) => { it.anew(); set(next); };
  return (
    <div className={css.screen}>
      <Step title="1. The server">
        <div className={css.form}>
          {start}
          <TextInput label="Address" description="Streamable HTTP" placeholder="https://wiki.example/mcp" value={url} onChange={(event) => anew(setUrl)(event.currentTarget.value)} />
          <TextInput label="Name" description="Of the connector" pattern="[A-Za-z][A-Za-z0-9_\-]{0,63}" value={name} onChange={(event) => anew(setName)(event.currentTarget.value)} />
          <PasswordInput label="Token" description="Goes into the vault, into no file, and is shown to nobody again. Left empty, nobody signs in; a server that wants a sign-in is imported with the command line" autoComplete="new-password" value={token} onChange={(event) => anew(setToken)(event.currentTarget.value)} />
          <Inside client={client} on={inside} onChange={anew(setInside)} />
          <Look of={it} label="List its tools" ready={Boolean(url.trim() && name.trim() && client)} />
        </div>
      </Step>
      <Found of={it} step={2} what="Tools"><Make of={it} /></Found>
      {it.make.data && <Files step={3} client={client} of={it.make.data} secret={token} onKept={() => setToken('')} />}
    </div>
  );
}
