import { Button, FileInput, Select, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Auth, Imported, Suggested } from '@/api/connectorTypes';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import { save } from '@/lib/save';
import { tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { Code } from '@/parts/DataView';
import { Page, Panel } from '@/parts/Page';
import { keepDraft, readDraft } from '../blueprint/draft';
import { Choose, type Chosen } from './Choose';
import { asked, kept, keptAs, SignIn, type Way, wayOf } from './SignIn';
import css from './connectors.module.css';

/** A description becomes a connector: read it, pick operations, say what people know better, take the files. */
export function Import() {
  const search = useSearch({ strict: false }) as { client?: string };
  const clients = useClients();
  const [client, setClient] = useState<string | null>(search.client ?? null);
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<Chosen>({});
  const [way, setWay] = useState<Way>(wayOf(null));
  const of = client ?? clients.list[0]?.id ?? '';
  const send = (more: { operations?: unknown[]; auth?: Auth }) => http.post<Imported>(`/clients/${seg(of)}/connectors/import`, { text, name: name.trim() || undefined, ...more });
  const look = useMutation({ mutationFn: () => send({}), onSuccess: ({ report }) => { setChosen({}); setWay(wayOf(report.auth)); make.reset(); }, onError: tellFailure });
  const make = useMutation({ mutationFn: () => send({ operations: picks(look.data?.report.operations ?? [], chosen), auth: asked(way) }), onError: tellFailure });
  // Files that were made before somebody chose otherwise are not those that were chosen.
  const sign = (next: Way) => { if (next.auth !== way.auth) make.reset(); setWay(next); };
  const count = Object.values(chosen).filter((one) => one.on).length;
  return (
    <Page title="Import a connector" sub="From a system’s own description to files of a blueprint; nothing goes live here">
      <div className={css.screen}>
        <Panel title="1. The description">
          <div className={css.form}>
            <Select label="Client" data={clients.options} value={of || null} onChange={setClient} allowDeselect={false} />
            <FileInput label="File" description="Swagger 2.0 or OpenAPI 3, JSON or YAML" placeholder="Choose a file" accept=".json,.yaml,.yml" onChange={(file) => void file?.text().then(setText)} />
            <Textarea label="Or its text" autosize minRows={4} maxRows={12} value={text} onChange={(event) => setText(event.currentTarget.value)} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }} />
            <TextInput label="Name" description="Of the connector; made from the description’s title if left empty" pattern="[A-Za-z][A-Za-z0-9_\-]{0,63}" value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <Button onClick={() => look.mutate()} loading={look.isPending} disabled={!text.trim() || !of} style={{ justifySelf: 'start' }}>Read it</Button>
          </div>
        </Panel>
        {look.data && (
          <Panel title={`2. Operations: ${look.data.report.found} found, ${look.data.report.refused.length} refused`}>
            <Said of={look.data} />
            <Choose rows={look.data.report.operations} chosen={chosen} onChange={setChosen} />
          </Panel>
        )}
        {look.data && (
          <Panel title="3. Signing in">
            <SignIn way={way} suggested={look.data.report.auth} onChange={sign} />
            <div className={css.bar}>
              <span className={css.faint}>{count} picked</span>
              <Button onClick={() => make.mutate()} loading={make.isPending} disabled={count === 0}>Make the files</Button>
            </div>
          </Panel>
        )}
        {make.data && <Files client={of} of={make.data} secret={kept(way)} onKept={() => setWay({ ...way, user: '', secret: '' })} />}
      </div>
    </Page>
  );
}

function picks(rows: Suggested[], chosen: Chosen) {
  return rows.filter((row) => chosen[row.operation]?.on).map((row) => {
    const own = chosen[row.operation];
    return {
      operation: row.operation,
      name: own?.name ?? row.name,
      writes: own?.writes ?? row.writes,
      risk: own?.risk ?? row.risk,
      idempotent: own?.idempotent ?? row.idempotent,
      money: own?.money ?? row.money,
    };
  });
}

function Said({ of }: { of: Imported }) {
  const { report } = of;
  const lines = [
    ...report.security.map((line) => `Signs in by ${line}`),
    ...report.notes,
    ...report.refused.map((one) => `Refused ${one.operation}: ${one.reason}`),
  ];
  if (lines.length === 0) return null;
  return <ul className={css.list}>{lines.map((line) => <li key={line}>{line}</li>)}</ul>;
}

function Files({ client, of, secret, onKept }: { client: string; of: Imported; secret: string; onKept: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const setting = keptAs(of.report.auth);
  const put = useMutation({
    mutationFn: async () => {
      if (secret && setting) {
        await http.put(`/clients/${seg(client)}/connector-secrets`, { connector: of.report.name, setting, value: secret });
        onKept();
      }
      const page = await queries.fetchQuery(q.blueprint(client));
      const draft = readDraft(client) ?? { base: page.release, edits: {} };
      if (!keepDraft(client, { ...draft, edits: { ...draft.edits, ...of.files } })) throw new Error('the browser has no room for a description of this size; download the files and deploy them');
    },
    onSuccess: () => void navigate({ to: '/blueprint', search: { client, file: Object.keys(of.files).find((path) => path.endsWith('.yaml')) } as never }),
    onError: tellFailure,
  });
  return (
    <Panel title={`4. Files: ${of.report.imported} actions`}>
      <p className={css.faint}>They go into the blueprint, with policies that permit the actions and a process that calls them; what you propose there is checked, approved and published like any change.</p>
      {setting && <p className={css.faint}>{secret ? `What Baton signs in with is kept in the vault as ${setting}.` : `What Baton signs in with is read from ${setting} in the vault.`}</p>}
      <Button onClick={() => put.mutate()} loading={put.isPending} style={{ justifySelf: 'start' }}>Put them into the blueprint</Button>
      {Object.entries(of.files).map(([path, text]) => (
        <div key={path} className={css.cell}>
          <div className={css.bar}>
            <strong className={css.file}>{path}</strong>
            <Button size="compact-xs" variant="default" onClick={() => save(path.split('/').pop() ?? path, text)}>Download</Button>
          </div>
          {path.endsWith('.yaml') && <Code label={path}>{text}</Code>}
        </div>
      ))}
    </Panel>
  );
}
