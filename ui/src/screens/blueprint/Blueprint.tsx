import { Button } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { Checked } from '@/api/rulesTypes';
import { useClients } from '@/lib/useClients';
import { Pick } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { Page, Panel } from '@/parts/Page';
import { Empty, Failure, Loading, Show } from '@/parts/States';
import { keepDraft, readDraft } from './draft';
import { NewFile } from './NewFile';
import { Propose } from './Propose';
import css from './blueprint.module.css';

const Editor = lazy(() => import('../processes/Editor').then((loaded) => ({ default: loaded.Editor })));

type Place = { client?: string | undefined; file?: string | undefined; line?: string | undefined };

/** The files of a client's live release as they were written: edited here, checked as a proposal is, and proposed. */
export function Blueprint() {
  const search = useSearch({ strict: false }) as Place;
  const navigate = useNavigate();
  const clients = useClients();
  const client = search.client ?? clients.list[0]?.id;
  const go = (next: Place) => void navigate({ to: '/blueprint', search: next as never, replace: true });
  return (
    <Page bare title="Blueprint" sub="Files of the live release; edits become a proposal" tools={<Pick label="Client" value={client} options={clients.options} onPick={(next) => go({ client: next })} />}>
      {client ? <Of key={client} client={client} place={search} onOpen={(file, line) => go({ client, file, line })} /> : <Empty title="No client yet" />}
    </Page>
  );
}

interface OfProps {
  client: string;
  place: Place;
  onOpen: (file: string, line?: string) => void;
}

function Of({ client, place, onOpen }: OfProps) {
  const read = useQuery(q.blueprint(client));
  return <Show of={read}>{(page) => <Files client={client} base={page.release} files={page.files} place={place} onOpen={onOpen} />}</Show>;
}

function Files({ client, base: live, files: liveFiles, place, onOpen }: OfProps & { base: string; files: Record<string, string> }) {
  const [draft] = useState(() => readDraft(client));
  const [edits, setEdits] = useState<Record<string, string>>(draft?.edits ?? {});
  // What is edited stays what it was when the editing began: another release that goes live meanwhile is a conflict.
  const [{ base, files }, setOn] = useState({ base: draft?.base ?? live, files: liveFiles });
  if (live !== base && Object.keys(edits).length === 0) setOn({ base: live, files: liveFiles });
  useEffect(() => void keepDraft(client, { base, edits }), [client, base, edits]);
  const changed = Object.keys(edits);
  const names = [...Object.keys(files), ...changed.filter((name) => !(name in files))].sort();
  const file = place.file && names.includes(place.file) ? place.file : names[0];
  const check = useMutation({ mutationFn: () => http.post<Checked>(`/clients/${seg(client)}/blueprint/check`, { edits, base }) });
  const edit = (name: string, text: string) => {
    check.reset();
    setEdits((now) => {
      const others = Object.fromEntries(Object.entries(now).filter(([other]) => other !== name));
      return text === files[name] ? others : { ...others, [name]: text };
    });
  };
  const drop = (name: string) => {
    check.reset();
    setEdits((now) => Object.fromEntries(Object.entries(now).filter(([other]) => other !== name)));
  };
  if (!file) return <Empty title="The live release has no files" />;
  const findings = check.data?.findings ?? [];
  return (
    <div className={css.screen}>
      <nav className={css.files} aria-label="Files">
        <ul>
          {names.map((name) => (
            <li key={name}>
              <button type="button" aria-current={name === file} onClick={() => onOpen(name)}>
                <span>{name}</span>
                {name in edits && <Tag tone="accent">{name in files ? 'Edited' : 'New'}</Tag>}
                {findings.some((one) => one.file === name) && <Tag tone="bad">Findings</Tag>}
              </button>
            </li>
          ))}
        </ul>
        <NewFile taken={names} onAdd={(path) => { edit(path, ''); onOpen(path); }} />
      </nav>
      <div className={css.work}>
        {live !== base && (
          <p role="status" className={css.stale}>Another release went live after these edits were begun. <Button size="compact-xs" variant="default" onClick={() => { check.reset(); setOn({ base: live, files: liveFiles }); }}>Set them on the live files</Button> Then look through each: it takes the place of the whole live file.</p>
        )}
        <div className={css.bar}>
          <strong className={css.grow}>{file}</strong>
          <Button size="xs" variant="subtle" disabled={!(file in edits)} onClick={() => drop(file)}>{file in files ? 'As it is live' : 'Without this file'}</Button>
          <Button size="xs" variant="default" disabled={changed.length === 0} loading={check.isPending} onClick={() => check.mutate()}>Check</Button>
          <Propose client={client} base={base} edits={edits} onDone={() => setEdits({})} />
        </div>
        <div className={css.editor}>
          <Suspense fallback={<Loading rows={8} label="Loading the editor" />}>
            <Editor key={file} label={`Text of ${file}`} plain={!/\.ya?ml$/.test(file)} text={edits[file] ?? files[file] ?? ''} findings={findings.filter((one) => one.file === file)} jump={jump(place, file)} onChange={(text) => edit(file, text)} />
          </Suspense>
        </div>
        {check.error && <Failure error={check.error} retry={() => check.mutate()} />}
        {check.data && <Said of={check.data} onOpen={onOpen} />}
      </div>
    </div>
  );
}

const JUMPS = new Map<string, { line: number; column: number }>();

/** The same object for the same place: the editor goes there once. */
function jump(place: Place, file: string) {
  if (!place.line || place.file !== file) return undefined;
  const key = `${file}:${place.line}`;
  const known = JUMPS.get(key) ?? { line: Number(place.line) || 1, column: 1 };
  JUMPS.set(key, known);
  return known;
}

function Said({ of, onOpen }: { of: Checked; onOpen: (file: string, line?: string) => void }) {
  return (
    <Panel title={of.findings.length > 0 ? 'It does not load' : 'What was checked'}>
      <ul className={css.said} aria-label="Results">
        {of.findings.map((one, at) => (
          <li key={at}>
            <button type="button" onClick={() => onOpen(one.file, String(one.line))}>
              <Tag tone={one.severity === 'error' ? 'bad' : 'warn'}>{`${one.file}, line ${one.line}`}</Tag>
              <span>{one.message}. {one.remedy}</span>
            </button>
          </li>
        ))}
        {of.checks.map((check) => <li key={check.name}><Tag tone={check.passed ? 'good' : 'bad'}>{check.passed ? 'Passed' : 'Failed'}</Tag> {check.name}: {check.says}</li>)}
      </ul>
    </Panel>
  );
}
