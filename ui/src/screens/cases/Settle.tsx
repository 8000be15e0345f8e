import { Button, Group, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import type { Effect } from '@/api/types';
import { words } from '@/lib/format';
import { tellDone } from '@/lib/tell';
import { Dialog } from '@/parts/Dialog';
import { Wrong } from '@/parts/States';
import css from './case.module.css';

const NOTE_CHARS_MAX = 1000;

/** Nobody could tell whether a call happened: whoever has found out says so. */
export function Settle({ client, effect }: { client: string; effect: Effect }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Group gap="xs"><Button size="compact-sm" variant="default" onClick={() => setOpen(true)}>Say what came of it</Button></Group>
      {open && <SettleDialog client={client} effect={effect} onClose={() => setOpen(false)} />}
    </>
  );
}

function SettleDialog({ client, effect, onClose }: { client: string; effect: Effect; onClose: () => void }) {
  const [note, setNote] = useState('');
  const queries = useQueryClient();
  const work = useMutation({
    mutationFn: (happened: boolean) => http.post(`/clients/${seg(client)}/effects/${seg(effect.id)}/settle`, { happened, note: note.trim() }),
    onSuccess: (_, happened) => {
      tellDone(happened ? 'Written down: it happened' : 'Written down: it did not happen');
      for (const key of [['effects', client], ['run', client], ['work'], ['case', client], ['timeline', client]]) void queries.invalidateQueries({ queryKey: key });
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    work.mutate(true);
  };
  return (
    <Dialog onClose={onClose} title={`What came of ${words(effect.action)}?`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form className={css.facts} onSubmit={submit}>
        <p>Nobody could tell whether the system did it. Look there first; what you say here counts as its answer. What did not happen may be called again.</p>
        <Textarea label="How you found out" description="Goes into the ledger with your name" data-autofocus required autosize minRows={1} maxRows={4} maxLength={NOTE_CHARS_MAX} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Wrong error={work.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" disabled={!note.trim()} loading={work.isPending} onClick={() => work.mutate(false)}>It did not happen</Button>
          <Button type="submit" disabled={!note.trim()} loading={work.isPending}>It happened</Button>
        </Group>
      </form>
    </Dialog>
  );
}
