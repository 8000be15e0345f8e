import { Button, FileInput, Select, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import type { Auth, Imported } from '@/api/connectorTypes';
import { http, seg } from '@/api/http';
import { tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { Page, Panel } from '@/parts/Page';
import { Choose, type Chosen } from './Choose';
import { FromServer } from './FromServer';
import { Files, picks, Said } from './Made';
import { asked, kept, SignIn, type Way, wayOf } from './SignIn';
import css from './connectors.module.css';

const SOURCES = [
  { value: 'description', label: 'The description of an API' },
  { value: 'server', label: 'An MCP server' },
];

/** A system becomes a connector: read what it says of itself, pick, say what people know better, take the files. */
export function Import() {
  const search = useSearch({ strict: false }) as { client?: string };
  const clients = useClients();
  const [client, setClient] = useState<string | null>(search.client ?? null);
  const [source, setSource] = useState('description');
  const of = client ?? clients.list[0]?.id ?? '';
  const start = (
    <>
      <Select label="Client" data={clients.options} value={of || null} onChange={setClient} allowDeselect={false} />
      <Select label="From" data={SOURCES} value={source} onChange={(next) => next && setSource(next)} allowDeselect={false} />
    </>
  );
  return (
    <Page title="Import a connector" sub="From what a system says of itself to files of a blueprint; nothing goes live here">
      {source === 'server' ? <FromServer client={of} start={start} /> : <FromDescription client={of} start={start} />}
    </Page>
  );
}

function FromDescription({ client, start }: { client: string; start: ReactNode }) {
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<Chosen>({});
  const [way, setWay] = useState<Way>(wayOf(null));
  const [place, setPlace] = useState('');
  const send = (more: { operations?: unknown[]; auth?: Auth; base_url?: string }) => http.post<Imported>(`/clients/${seg(client)}/connectors/import`, { text, name: name.trim() || undefined, ...more });
  const look = useMutation({ mutationFn: () => send({}), onSuccess: ({ report }) => { setChosen({}); setWay(wayOf(report.auth)); setPlace(report.base_url); make.reset(); }, onError: tellFailure });
  const make = useMutation({ mutationFn: () => send({ operations: picks(look.data?.report.operations ?? [], chosen), auth: asked(way), base_url: moved(place, look.data?.report.base_url) }), onError: tellFailure });
  // Files that were made before somebody chose otherwise are not those that were chosen.
  const choose = (next: Chosen) => { make.reset(); setChosen(next); };
  const sign = (next: Way) => { if (next.auth !== way.auth) make.reset(); setWay(next); };
  const count = Object.values(chosen).filter((one) => one.on).length;
  return (
    <div className={css.screen}>
      <Panel title="1. The description">
        <div className={css.inside}>
          <div className={css.form}>
            {start}
            <FileInput label="File" description="Swagger 2.0 or OpenAPI 3, JSON or YAML" placeholder="Choose a file" accept=".json,.yaml,.yml" onChange={(file) => void file?.text().then(setText)} />
            <Textarea label="Or its text" autosize minRows={4} maxRows={12} value={text} onChange={(event) => setText(event.currentTarget.value)} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }} />
            <TextInput label="Name" description="Of the connector; made from the description’s title if left empty" pattern="[A-Za-z][A-Za-z0-9_\-]{0,63}" value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <Button onClick={() => look.mutate()} loading={look.isPending} disabled={!text.trim() || !client} style={{ justifySelf: 'start' }}>Read it</Button>
          </div>
        </div>
      </Panel>
      {look.data && (
        <Panel title={`2. Operations: ${look.data.report.found} found, ${look.data.report.refused.length} refused`}>
          <div className={css.inside}>
            <Said of={look.data} />
            <Choose rows={look.data.report.operations} chosen={chosen} onChange={choose} />
          </div>
        </Panel>
      )}
      {look.data && (
        <Panel title="3. Where it is, and signing in">
          <div className={css.inside}>
            <div className={css.form}>
              <TextInput label="Address of the system" description="Each client may have its own: {{param.NAME}} is filled in from the overlay" placeholder="https://api.example/v1" value={place} onChange={(event) => { make.reset(); setPlace(event.currentTarget.value); }} />
            </div>
            <SignIn way={way} suggested={look.data.report.auth} onChange={sign} />
            <div className={css.bar}>
              <span className={css.faint}>{count} picked</span>
              <Button onClick={() => make.mutate()} loading={make.isPending} disabled={count === 0}>Make the files</Button>
            </div>
          </div>
        </Panel>
      )}
      {make.data && <Files step={4} client={client} of={make.data} secret={kept(way)} onKept={() => setWay({ ...way, user: '', secret: '' })} />}
    </div>
  );
}

/** The address, where it is another than the description's. */
const moved = (place: string, said = '') => (place.trim() && place.trim() !== said ? place.trim() : undefined);
