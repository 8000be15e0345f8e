import { Button, FileInput, Select, Textarea, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Imported, Suggested } from '@/api/connectorTypes';
import { http, seg } from '@/api/http';
import { tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { Code } from '@/parts/DataView';
import { Page, Panel } from '@/parts/Page';
import { Choose, type Chosen } from './Choose';
import css from './connectors.module.css';

/** A description becomes a connector: read it, pick operations, say what people know better, take the files. */
export function Import() {
  const search = useSearch({ strict: false }) as { client?: string };
  const clients = useClients();
  const [client, setClient] = useState<string | null>(search.client ?? null);
  const [text, setText] = useState('');
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<Chosen>({});
  const of = client ?? clients.list[0]?.id ?? '';
  const send = (operations?: unknown[]) => http.post<Imported>(`/clients/${seg(of)}/connectors/import`, { text, name: name.trim() || undefined, operations });
  const look = useMutation({ mutationFn: () => send(), onSuccess: () => { setChosen({}); make.reset(); }, onError: tellFailure });
  const make = useMutation({ mutationFn: () => send(picks(look.data?.report.operations ?? [], chosen)), onError: tellFailure });
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
            <div className={css.bar}>
              <span className={css.faint}>{count} picked</span>
              <Button onClick={() => make.mutate()} loading={make.isPending} disabled={count === 0}>Make the files</Button>
            </div>
          </Panel>
        )}
        {make.data && <Files of={make.data} />}
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

function Files({ of }: { of: Imported }) {
  return (
    <Panel title={`3. Files: ${of.report.imported} actions`}>
      <p className={css.faint}>Put them into the blueprint, add policies that permit the actions, and deploy.</p>
      {Object.entries(of.files).map(([path, text]) => (
        <div key={path} className={css.cell}>
          <div className={css.bar}>
            <strong className={css.file}>{path}</strong>
            <Button size="compact-xs" variant="default" onClick={() => download(path, text)}>Download</Button>
          </div>
          {path.endsWith('.yaml') && <Code label={path}>{text}</Code>}
        </div>
      ))}
    </Panel>
  );
}

function download(path: string, text: string) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = path.split('/').pop() ?? path;
  link.click();
  URL.revokeObjectURL(url);
}

