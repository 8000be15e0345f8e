import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { Imported, Suggested } from '@/api/connectorTypes';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import { save } from '@/lib/save';
import { tellFailure } from '@/lib/tell';
import { Code } from '@/parts/DataView';
import { Panel } from '@/parts/Page';
import { keepDraft, readDraft } from '../blueprint/draft';
import { amounts, type Chosen } from './Choose';
import { keptAs } from './SignIn';
import css from './connectors.module.css';

/** What was picked, with what people know better, as the import takes it. */
export function picks(rows: Suggested[], chosen: Chosen) {
  return rows.filter((row) => chosen[row.operation]?.on).map((row) => {
    const own = chosen[row.operation];
    return {
      operation: row.operation,
      name: own?.name ?? row.name,
      title: own?.title?.trim() || undefined,
      writes: own?.writes ?? row.writes,
      risk: own?.risk ?? row.risk,
      idempotent: own?.idempotent ?? row.idempotent,
      money: amounts(row, own),
      compensate: (own?.writes ?? row.writes) && own?.undo?.trim() ? own.undo.trim() : undefined,
    };
  });
}

/** What people should know of a description or a server. */
export function Said({ of }: { of: Imported }) {
  const { report } = of;
  const lines = [
    ...report.security.map((line) => `Signs in by ${line}`),
    ...report.notes,
    ...report.refused.map((one) => `Refused ${one.operation}: ${one.reason}`),
  ];
  if (lines.length === 0) return null;
  return <ul className={css.list}>{lines.map((line, at) => <li key={`${at} ${line}`}>{line}</li>)}</ul>;
}

const BESIDE = 'They go into the blueprint, with policies that permit the actions and a process that calls them; what you propose there is checked, approved and published like any change.';

interface FilesProps { step: number; client: string; of: Imported; secret: string; onKept: () => void; what?: string; beside?: string }
/** The files of the connector, or of `what` else was made, and the way into the blueprint. */
export function Files({ step, client, of, secret, onKept, what, beside = BESIDE }: FilesProps) {
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
    <Panel title={`${step}. Files: ${what ?? `${of.report.imported} actions`}`}>
      <div className={css.inside}>
        <p className={css.faint}>{beside}</p>
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
      </div>
    </Panel>
  );
}
