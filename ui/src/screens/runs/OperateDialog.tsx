import { Button, Checkbox, Group, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import type { RunDetail } from '@/api/runTypes';
import type { Json } from '@/api/types';
import { tellDone } from '@/lib/tell';
import { Dialog } from '@/parts/Dialog';
import { Wrong } from '@/parts/States';
import { JsonField, read } from './JsonField';
import type { Doing } from './actions';
import css from './runs.module.css';

const REASON_CHARS_MAX = 500;

interface Props {
  run: RunDetail;
  doing: Doing;
  onClose: () => void;
}

/** The last task that failed, and what went into it. */
function failed(run: RunDetail) {
  return run.trace.findLast((entry) => entry.phase === 'failed' && entry.detail?.input !== undefined);
}

function bodyOf(doing: Doing, reason: string, compensate: boolean, text: string | undefined): Json {
  if (doing.verb === 'cancel') return { reason, compensate };
  if (doing.verb === 'events') return { reason, event: read(text ?? '') ?? null };
  if (doing.verb === 'retry' && text !== undefined) return { reason, input: read(text) ?? null };
  return { reason };
}

/** One operation on one run: what it means, why it is done, and then it is done. */
export function OperateDialog({ run, doing, onClose }: Props) {
  const [reason, setReason] = useState('');
  const [compensate, setCompensate] = useState(false);
  const [text, setText] = useState<string | undefined>(doing.verb === 'events' ? '{\n  "type": "",\n  "data": {}\n}' : undefined);
  const queries = useQueryClient();
  const before = failed(run)?.detail?.input;
  const work = useMutation({
    mutationFn: () => http.post(`/clients/${seg(run.client)}/runs/${seg(run.id)}/${doing.verb}`, bodyOf(doing, reason.trim(), compensate, text)),
    onSuccess: () => {
      tellDone(doing.done);
      for (const key of [['run', run.client], ['runs'], ['work'], ['case', run.client]]) void queries.invalidateQueries({ queryKey: key });
      onClose();
    },
  });
  const wrong = text !== undefined && read(text) === undefined;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!wrong) work.mutate();
  };
  const editable = doing.verb === 'retry' && run.status === 'faulted';
  return (
    <Dialog onClose={onClose} title={doing.label} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form className={css.form} onSubmit={submit}>
        <p>{doing.says}</p>
        <Textarea label="Reason" description="Goes into the ledger with your name" data-autofocus required autosize minRows={1} maxRows={4} maxLength={REASON_CHARS_MAX} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        {doing.verb === 'cancel' && <Checkbox label="Undo what it has done" description="Runs the compensation that its process names for finished tasks" checked={compensate} onChange={(event) => setCompensate(event.currentTarget.checked)} />}
        {doing.verb === 'events' && <JsonField label="Event" says="A CloudEvent as JSON. Its type must be there; id, source and version are filled in." value={text ?? ''} onChange={setText} />}
        {editable && <Checkbox label="Give the failed task another input" checked={text !== undefined} onChange={(event) => setText(event.currentTarget.checked ? JSON.stringify(before ?? {}, null, 2) : undefined)} />}
        {editable && text !== undefined && <JsonField label="Input of the failed task" says="As it was; change what has to change." value={text} onChange={setText} />}
        <Wrong error={work.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Close</Button>
          <Button type="submit" color={doing.verb === 'cancel' ? 'brick' : undefined} disabled={wrong || !reason.trim()} loading={work.isPending}>{doing.verb === 'cancel' ? 'End the run' : doing.label}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
