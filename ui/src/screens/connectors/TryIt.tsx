import { Button, Select, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Connector, ConnectorAction, TriedOut } from '@/api/connectorTypes';
import { http, seg } from '@/api/http';
import type { Fields } from '@/api/types';
import { tellFailure } from '@/lib/tell';
import { Code } from '@/parts/DataView';
import { Panel } from '@/parts/Page';
import css from './connectors.module.css';

const WORDS: Record<string, string> = {
  done: 'It answered:',
  refused: 'The door refused:',
  undecided: 'The rules do not say; a person would decide:',
  approval: 'A person would have to say yes first:',
  failed: 'It was let through, and',
  unreachable: 'Nothing happened:',
  unknown: 'What came of it is not known:',
};

/** One call of an action that only reads, through the door as any other. */
export function TryIt({ client, of }: { client: string; of: Connector }) {
  const queries = useQueryClient();
  const reads = of.items.filter((one) => !one.writes);
  const [picked, setPicked] = useState<string | null>(null);
  const [texts, setTexts] = useState<Record<string, string>>({});
  const action = reads.find((one) => one.name === picked) ?? reads[0];
  const attempt = useMutation({
    mutationFn: (call: { action: string; args: unknown }) => http.post<TriedOut>(`/clients/${seg(client)}/connectors/${seg(of.name)}/try`, call),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['connectors'] }),
    onError: tellFailure,
  });
  if (!action) return null;
  const text = texts[action.name] ?? template(action);
  const args = read(text);
  return (
    <Panel title="Try it">
      <div className={css.form}>
        <Select label="Action" description="Only those that read" data={reads.map((one) => ({ value: one.name, label: one.title }))} value={action.name} allowDeselect={false} onChange={(name) => { setPicked(name); attempt.reset(); }} />
        <Textarea label="Arguments" description="As JSON" autosize minRows={2} maxRows={12} value={text} error={args === undefined && 'This is not JSON yet'} onChange={(event) => setTexts({ ...texts, [action.name]: event.currentTarget.value })} styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }} />
        <Button style={{ justifySelf: 'start' }} disabled={args === undefined} loading={attempt.isPending} onClick={() => attempt.mutate({ action: action.name, args })}>Try it</Button>
      </div>
      <div aria-live="polite">{attempt.data && <Outcome of={attempt.data} />}</div>
    </Panel>
  );
}

function Outcome({ of }: { of: TriedOut }) {
  const said = [WORDS[of.outcome] ?? of.outcome, of.words, of.policies.length > 0 ? `(${of.policies.join(', ')})` : ''];
  return (
    <>
      <p className={of.outcome === 'done' ? css.faint : css.note}>{said.filter(Boolean).join(' ')}</p>
      {of.result !== null && <Code label="What it answered">{JSON.stringify(of.result, null, 2)}</Code>}
    </>
  );
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The arguments that must be there, to be filled in. */
function template(action: ConnectorAction): string {
  const required = Array.isArray(action.schema.required) ? action.schema.required : [];
  const fields: Fields = Object.fromEntries(required.map((name) => [String(name), '']));
  return JSON.stringify(fields, null, 2);
}
