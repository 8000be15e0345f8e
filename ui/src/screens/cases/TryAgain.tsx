import { Button, Group, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { Effect } from '@/api/types';
import { words } from '@/lib/format';
import { holds } from '@/lib/grants';
import { tellDone, tellFailure } from '@/lib/tell';
import { Dialog } from '@/parts/Dialog';
import css from './case.module.css';

const REASON_CHARS_MAX = 500;
/** Who may call actions by hand. */
const CALLS = ['supervisor', 'human_agent', 'finance_lead'];

/** A call that failed is made again, by somebody who says why. */
export function TryAgain({ client, effect }: { client: string; effect: Effect }) {
  const [open, setOpen] = useState(false);
  const session = useQuery(q.session);
  if (!holds(session.data, CALLS, client)) return null;
  return (
    <>
      <Group gap="xs"><Button size="compact-sm" variant="default" onClick={() => setOpen(true)}>Try again…</Button></Group>
      {open && <TryDialog client={client} effect={effect} onClose={() => setOpen(false)} />}
    </>
  );
}

function TryDialog({ client, effect, onClose }: { client: string; effect: Effect; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const work = useMutation({
    mutationFn: () => http.post<{ work_item?: string }>(`/clients/${seg(client)}/effects/${seg(effect.id)}/retry`, { reason: reason.trim() }),
    onSuccess: (answer) => {
      tellDone(answer.work_item ? 'A person has been asked. Try again once they have said yes; nobody is asked twice' : 'Done');
      onClose();
    },
    // Not here: of a call that nobody can tell any more what came, the row goes, and this dialog with it.
    onError: tellFailure,
    // What came of a try is written down, whether or not it went well.
    onSettled: () => { for (const key of [['effects', client], ['run', client], ['work'], ['case', client], ['timeline', client]]) void queries.invalidateQueries({ queryKey: key }); },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    work.mutate();
  };
  return (
    <Dialog onClose={onClose} title={`Try again: ${words(effect.action)}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form className={css.facts} onSubmit={submit}>
        <p>The same call is judged anew and carries the same key, so that the system does it once.</p>
        <Textarea label="Reason" description="Goes into the ledger with your name" data-autofocus required autosize minRows={1} maxRows={4} maxLength={REASON_CHARS_MAX} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <Group justify="flex-end" gap="xs">
          <Button type="submit" disabled={!reason.trim()} loading={work.isPending}>Try again</Button>
        </Group>
      </form>
    </Dialog>
  );
}
