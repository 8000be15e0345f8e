import { Button, Group, Modal } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type SyntheticEvent } from 'react';
import { http, Problem, seg } from '@/api/http';
import type { ActionOutcome, Answer, CaseAction, Fields } from '@/api/types';
import { currencyOf } from '@/lib/format';
import { newId } from '@/lib/id';
import { DataView } from '@/parts/DataView';
import { FormField } from '../desk/FormField';
import { PolicyAnswer } from './PolicyAnswer';
import css from './case.module.css';

interface Props {
  client: string;
  id: string;
  currency: string;
  action: CaseAction;
  onClose: () => void;
}

/** One call by a person, through the same door as an agent's: what policy says first, then the call, then its result. */
export function RunAction({ client, id, currency, action, onClose }: Props) {
  const [values, setValues] = useState<Fields>({});
  // The same key while the dialog is open: pressing twice does it once.
  const key = useRef(newId('press'));
  const queries = useQueryClient();
  const path = `/clients/${seg(client)}/cases/${seg(id)}/actions/${seg(action.name)}`;
  const ask = useMutation({ mutationFn: () => http.post<Answer>(`${path}/answer`, { args: values }) });
  const call = useMutation({
    mutationFn: () => http.post<ActionOutcome>(path, { args: values, key: key.current }),
    onSuccess: () => {
      for (const name of ['effects', 'timeline', 'case', 'actions']) void queries.invalidateQueries({ queryKey: [name, client, id] });
    },
  });
  const cleared = !action.writes || ask.data?.allowed === true || ask.data?.needs_approval === true;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (cleared) call.mutate();
    else ask.mutate();
  };
  const set = (name: string, value: Fields[string] | undefined) => {
    ask.reset();
    setValues((before) => Object.fromEntries(Object.entries({ ...before, [name]: value }).filter(([, one]) => one !== undefined)) as Fields);
  };
  const problem = call.error ?? ask.error;
  const fields = Object.entries(action.schema?.properties ?? {});
  return (
    <Modal opened onClose={onClose} title={action.title || action.name} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit} className={css.facts}>
        {fields.map(([name, schema], at) => (
          <FormField key={name} name={name} schema={schema} first={at === 0} value={values[name]} required={action.schema?.required?.includes(name) ?? false} currency={currencyOf(values, currency)} onChange={(value) => set(name, value)} />
        ))}
        {fields.length === 0 && <p>This takes no arguments.</p>}
        <div aria-live="polite">
          {ask.data && !call.data && <PolicyAnswer answer={ask.data} />}
          {problem && <p style={{ color: 'var(--bt-bad)' }}>{problem instanceof Problem ? problem.message : String(problem)}</p>}
          {call.data && ('work_item' in call.data ? <p>Someone has been asked to approve it. It goes on by itself once they have.</p> : <DataView value={call.data.result} currency={currency} />)}
        </div>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{call.data ? 'Close' : 'Cancel'}</Button>
          {!call.data && <Button type="submit" loading={ask.isPending || call.isPending}>{label(action, cleared, ask.data)}</Button>}
        </Group>
      </form>
    </Modal>
  );
}

function label(action: CaseAction, cleared: boolean, answer: Answer | undefined): string {
  if (!action.writes) return 'Read';
  if (!cleared) return 'Ask policy';
  return answer?.needs_approval ? 'Ask for approval' : 'Do it now';
}
