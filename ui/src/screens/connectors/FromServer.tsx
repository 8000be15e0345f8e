import { Button, Checkbox, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { Imported } from '@/api/connectorTypes';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import { holds } from '@/lib/grants';
import { tellFailure } from '@/lib/tell';
import { Panel } from '@/parts/Page';
import { Choose, type Chosen } from './Choose';
import { Files, picks, Said } from './Made';
import css from './connectors.module.css';

/** An MCP server becomes a connector: its tools are listed, picked and pinned. */
export function FromServer({ client, start }: { client: string; start: ReactNode }) {
  const session = useQuery(q.session);
  const [url, setUrl] = useState('');
  const [name, setName] = useState('');
  const [token, setToken] = useState('');
  const [inside, setInside] = useState(false);
  const [chosen, setChosen] = useState<Chosen>({});
  const send = (operations?: unknown[]) => http.post<Imported>(`/clients/${seg(client)}/connectors/import-tools`, { url: url.trim(), name: name.trim(), token: token || undefined, inside, operations });
  const look = useMutation({ mutationFn: () => send(), onSuccess: () => { setChosen({}); make.reset(); }, onError: tellFailure });
  const make = useMutation({ mutationFn: () => send(picks(look.data?.report.operations ?? [], chosen)), onError: tellFailure });
  // What was listed is of the server that was named, and files are of what was chosen.
  const anew = <T,>(set: (next: T) => void) => (next: T) => { look.reset(); make.reset(); set(next); };
  const choose = (next: Chosen) => { make.reset(); setChosen(next); };
  const count = Object.values(chosen).filter((one) => one.on).length;
  return (
    <div className={css.screen}>
      <Panel title="1. The server">
        <div className={css.inside}>
          <div className={css.form}>
            {start}
            <TextInput label="Address" description="Streamable HTTP" placeholder="https://wiki.example/mcp" value={url} onChange={(event) => anew(setUrl)(event.currentTarget.value)} />
            <TextInput label="Name" description="Of the connector" pattern="[A-Za-z][A-Za-z0-9_\-]{0,63}" value={name} onChange={(event) => anew(setName)(event.currentTarget.value)} />
            <PasswordInput label="Token" description="Goes into the vault, into no file, and is shown to nobody again. Left empty, nobody signs in; a server that wants a sign-in is imported with the command line" autoComplete="new-password" value={token} onChange={(event) => anew(setToken)(event.currentTarget.value)} />
            {holds(session.data, ['admin'], client) && <Checkbox label="It lies inside, where only this installation reaches" checked={inside} onChange={(event) => anew(setInside)(event.currentTarget.checked)} />}
            <Button onClick={() => look.mutate()} loading={look.isPending} disabled={!url.trim() || !name.trim() || !client} style={{ justifySelf: 'start' }}>List its tools</Button>
          </div>
        </div>
      </Panel>
      {look.data && (
        <Panel title={`2. Tools: ${look.data.report.found} found, ${look.data.report.refused.length} refused`}>
          <div className={css.inside}>
            <Said of={look.data} />
            <Choose rows={look.data.report.operations} chosen={chosen} onChange={choose} />
            <div className={css.bar}>
              <span className={css.faint}>{count} picked</span>
              <Button onClick={() => make.mutate()} loading={make.isPending} disabled={count === 0}>Make the files</Button>
            </div>
          </div>
        </Panel>
      )}
      {make.data && <Files step={3} client={client} of={make.data} secret={token} onKept={() => setToken('')} />}
    </div>
  );
}
