import { Button, FileButton } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { http, seg, withQuery } from '@/api/http';
import * as q from '@/api/queries';
import type { DmnImport } from '@/api/rulesTypes';
import { saveBlob } from '@/lib/save';
import { Tag } from '@/parts/Chips';
import { Panel } from '@/parts/Page';
import { Failure } from '@/parts/States';
import { keepDraft, readDraft } from '../blueprint/draft';
import css from './rules.module.css';

/** Reads a DMN file into tables to be proposed, and saves the live ones as one. */
export function Dmn({ client }: { client: string }) {
  const reset = useRef<() => void>(null);
  const read = useMutation({
    mutationFn: async (file: File) => http.post<DmnImport>(`/clients/${seg(client)}/tables/import`, { text: await file.text(), name: file.name }),
  });
  const save = useMutation({
    mutationFn: async () => saveBlob('tables.dmn', await http.download(withQuery(`/clients/${seg(client)}/tables/export`, { dmn: '1.5' }))),
  });
  return (
    <Panel title="DMN" side={<span className={css.side}>tables from and for other tools</span>}>
      <div className={css.dmn}>
        {/* The same file can be chosen again once it was corrected. */}
        <FileButton resetRef={reset} accept=".dmn,.xml" onChange={(file) => { if (file) read.mutate(file); reset.current?.(); }}>
          {(props) => <Button {...props} size="xs" loading={read.isPending}>Import a DMN file…</Button>}
        </FileButton>
        <Button size="xs" variant="default" loading={save.isPending} onClick={() => save.mutate()}>Export as DMN</Button>
      </div>
      {read.error && <Failure error={read.error} />}
      {save.error && <Failure error={save.error} retry={() => save.mutate()} />}
      {read.data && <Read client={client} of={read.data} />}
    </Panel>
  );
}

function Read({ client, of }: { client: string; of: DmnImport }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const put = useMutation({
    mutationFn: async () => {
      const page = await queries.fetchQuery(q.blueprint(client));
      const draft = readDraft(client) ?? { base: page.release, edits: {} };
      const files = Object.fromEntries(of.tables.map((table) => [table.file, table.text]));
      if (!keepDraft(client, { ...draft, edits: { ...draft.edits, ...files } })) throw new Error('The browser has no room for tables of this size; import them with baton table import.');
    },
    onSuccess: () => void navigate({ to: '/blueprint', search: { client, file: of.tables[0]?.file } as never }),
  });
  return (
    <div role="status">
      {of.findings.length > 0 && (
        <ul className={css.findings} aria-label="What was found in the DMN file">
          {of.findings.map((one, at) => <li key={at}><Tag tone={one.severity === 'error' ? 'bad' : 'warn'}>{`${one.severity === 'error' ? 'Left out' : 'Note'}, line ${one.line}`}</Tag> {one.message}: {one.remedy}.</li>)}
        </ul>
      )}
      <div className={css.dmn}>
        <span className={css.side}>{of.tables.length === 0 ? 'No table could be read.' : `Read: ${of.tables.map((table) => `${table.title} (${table.rules === 1 ? '1 rule' : `${table.rules} rules`})`).join(', ')}`}</span>
        {of.tables.length > 0 && <Button size="xs" loading={put.isPending} onClick={() => put.mutate()}>Put into a proposal…</Button>}
      </div>
      {put.error && <Failure error={put.error} retry={() => put.mutate()} />}
    </div>
  );
}
