import { Button, Group, Modal } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { ActionOutcome, CaseAction, Fields } from '@/api/types';
import { currencyOf } from '@/lib/format';
import { tellDone, tellFailure } from '@/lib/tell';
import { Tag } from '@/parts/Chips';
import { Empty, Show } from '@/parts/States';
import { FormField } from '../desk/FormField';
import css from './case.module.css';

interface Props {
  client: string;
  id: string;
  currency: string;
}

/** What may be done in the client's systems for this case, and what policy says to each before it is tried. */
export function CaseActions({ client, id, currency }: Props) {
  const read = useQuery(q.caseActions(client, id));
  const [picked, setPicked] = useState<CaseAction | null>(null);
  return (
    <Show of={read}>
      {(page) => page.items.length === 0 ? <Empty title="No actions for this case" /> : (
        <>
          <ul>{page.items.map((action) => <Row key={action.name} action={action} onPick={() => setPicked(action)} />)}</ul>
          {picked && <Run client={client} id={id} currency={currency} action={picked} onClose={() => setPicked(null)} />}
        </>
      )}
    </Show>
  );
}

function Row({ action, onPick }: { action: CaseAction; onPick: () => void }) {
  const answer = action.answer;
  const refused = answer ? !answer.allowed && !answer.needs_approval : false;
  return (
    <li className={css.action}>
      <div>
        <strong style={{ fontWeight: 560 }}>{action.title || action.name}</strong>
        {answer?.reason && <p>{answer.reason}</p>}
      </div>
      {refused ? <Tag tone="bad">Refused</Tag> : answer?.needs_approval ? <Tag tone="warn">Needs approval</Tag> : action.writes ? <Tag tone="accent">Writes</Tag> : <Tag>Reads</Tag>}
      <Button size="compact-xs" variant="default" onClick={onPick} disabled={refused} aria-label={`${action.title || action.name}: open`}>Open</Button>
    </li>
  );
}

function Run({ client, id, currency, action, onClose }: Props & { action: CaseAction; onClose: () => void }) {
  const [values, setValues] = useState<Fields>({});
  const queries = useQueryClient();
  const call = useMutation({
    mutationFn: () => http.post<ActionOutcome>(`/clients/${seg(client)}/cases/${seg(id)}/actions/${seg(action.name)}`, { args: values }),
    onSuccess: (outcome) => {
      tellDone('work_item' in outcome ? `${action.title}: someone has been asked to approve it` : `${action.title}: done`);
      for (const key of ['effects', 'timeline', 'case', 'actions']) void queries.invalidateQueries({ queryKey: [key, client, id] });
      onClose();
    },
    onError: tellFailure,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    call.mutate();
  };
  const fields = Object.entries(action.schema?.properties ?? {});
  return (
    <Modal opened onClose={onClose} title={action.title || action.name} closeButtonProps={{ 'aria-label': 'Cancel' }}>
      <form onSubmit={submit} style={{ display: 'grid', gap: 12 }}>
        {fields.map(([name, schema], at) => (
          <FormField key={name} name={name} schema={schema} first={at === 0} value={values[name]} required={action.schema?.required?.includes(name) ?? false} currency={currencyOf(values, currency)} onChange={(value) => setValues((before) => ({ ...before, [name]: value ?? null }))} />
        ))}
        {fields.length === 0 && <p>This takes no arguments.</p>}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={call.isPending}>{action.writes ? `Do it: ${action.title}` : action.title}</Button>
        </Group>
      </form>
    </Modal>
  );
}
