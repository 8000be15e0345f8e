import { Button, Group } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import type { ActionOutcome, Answer, CaseAction, Fields } from '@/api/types';
import { currencyOf } from '@/lib/format';
import { newId } from '@/lib/id';
import { DataView } from '@/parts/DataView';
import { Dialog } from '@/parts/Dialog';
import { Wrong } from '@/parts/States';
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

// Policy is asked when the typing pauses for so long.
const ASK_MS = 500;

/** What policy says to a call with these arguments: asked by itself once all that is required is there, before anything is pressed. */
function usePolicyAnswer(path: string, values: Fields, whole: boolean) {
  const [asked, setAsked] = useState<Fields>();
  useEffect(() => {
    if (!whole) return;
    const timer = setTimeout(() => setAsked(values), ASK_MS);
    return () => clearTimeout(timer);
  }, [values, whole]);
  const read = useQuery({
    queryKey: ['answer', path, asked ?? null],
    queryFn: () => http.post<Answer>(`${path}/answer`, { args: asked }),
    enabled: asked !== undefined,
    // An answer holds for the moment: it is asked anew for each form, and not while one looks at it.
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
  });
  // What was answered to other arguments says nothing of these.
  const now = asked === values;
  const ask = () => {
    if (!now) setAsked(values);
    else if (!read.isFetching) void read.refetch();
  };
  return { says: now ? read.data : undefined, error: now ? read.error : null, asking: (whole && !now) || (now && read.isFetching), ask };
}

/** One call by a person, through the same door as an agent's: what policy says first, then the call, then its result. */
export function RunAction({ client, id, currency, action, onClose }: Props) {
  const [values, setValues] = useState<Fields>({});
  // The same key while the dialog is open: pressing twice does it once.
  const key = useRef(newId('press'));
  const queries = useQueryClient();
  const path = `/clients/${seg(client)}/cases/${seg(id)}/actions/${seg(action.name)}`;
  const call = useMutation({
    mutationFn: () => http.post<ActionOutcome>(path, { args: values, key: key.current }),
    onSuccess: () => {
      for (const name of ['effects', 'timeline', 'case', 'actions']) void queries.invalidateQueries({ queryKey: [name, client, id] });
    },
  });
  const required = action.schema?.required ?? [];
  const policy = usePolicyAnswer(path, values, action.writes && required.every((name) => values[name] !== undefined));
  const cleared = !action.writes || policy.says?.allowed === true || policy.says?.needs_approval === true;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (cleared) call.mutate();
    else policy.ask();
  };
  const set = (name: string, value: Fields[string] | undefined) => {
    if (call.isError) call.reset();
    setValues((before) => Object.fromEntries(Object.entries({ ...before, [name]: value }).filter(([, one]) => one !== undefined)) as Fields);
  };
  const problem = call.error ?? policy.error;
  const fields = Object.entries(action.schema?.properties ?? {});
  return (
    <Dialog onClose={onClose} title={action.title || action.name} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit} className={css.facts}>
        {fields.map(([name, schema], at) => (
          <FormField key={name} name={name} schema={schema} first={at === 0} value={values[name]} required={required.includes(name)} currency={currencyOf(values, currency)} onChange={(value) => set(name, value)} />
        ))}
        {fields.length === 0 && <p>This takes no arguments.</p>}
        <div aria-live="polite">
          {policy.says && !call.data && <PolicyAnswer answer={policy.says} />}
          {policy.asking && !call.data && <p style={{ color: 'var(--bt-muted)', fontSize: '0.8125rem' }}>Policy is asked …</p>}
          {call.data && ('work_item' in call.data ? <p>Someone has been asked to approve it. It goes on by itself once they have.</p> : <DataView value={call.data.result} currency={currency} />)}
        </div>
        <Wrong error={problem} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>{call.data ? 'Close' : 'Cancel'}</Button>
          {!call.data && <Button type="submit" loading={call.isPending}>{label(action, cleared, policy.says)}</Button>}
        </Group>
      </form>
    </Dialog>
  );
}

function label(action: CaseAction, cleared: boolean, answer: Answer | undefined): string {
  if (!action.writes) return 'Read';
  if (!cleared) return 'Ask policy';
  return answer?.needs_approval ? 'Ask for approval' : 'Do it now';
}
