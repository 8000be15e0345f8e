import { Button, Modal, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { http, seg } from '@/api/http';
import type { Proposal } from '@/api/rulesTypes';
import { Wrong } from '@/parts/States';

interface Props {
  client: string;
  /** The release whose files were edited. */
  base: string;
  edits: Record<string, string>;
  onDone: () => void;
}

/** Makes a proposal of the edits, and goes to where others say what they think of it. */
export function Propose(props: Props) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="xs" disabled={Object.keys(props.edits).length === 0} onClick={() => setOpen(true)}>Propose…</Button>
      <ProposeDialog {...props} opened={open} onClose={() => setOpen(false)} />
    </>
  );
}

/** Asks for a title and a reason. */
export function ProposeDialog({ client, base, edits, onDone, opened, onClose }: Props & { opened: boolean; onClose: () => void }) {
  const [title, setTitle] = useState('');
  const [reason, setReason] = useState('');
  const [at, setAt] = useState('');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () => http.post<Proposal>(`/clients/${seg(client)}/proposals`, { title, reason, edits, base, ...(at && { publish_ms: new Date(at).getTime() }) }),
    onSuccess: async (made) => {
      onDone();
      await queries.invalidateQueries({ queryKey: ['proposals', client] });
      await queries.invalidateQueries({ queryKey: ['blueprint', client] });
      await navigate({ to: '/changes', search: { client, proposal: made.id } as never });
    },
  });
  const count = Object.keys(edits).length;
  return (
    <Modal opened={opened} onClose={onClose} title={`Propose ${count === 1 ? 'a changed file' : `${count} changed files`}`} closeButtonProps={{ 'aria-label': 'Cancel' }}>
      <form onSubmit={(event) => { event.preventDefault(); make.mutate(); }} style={{ display: 'grid', gap: 12 }}>
        <TextInput label="Title" required value={title} onChange={(event) => setTitle(event.currentTarget.value)} data-autofocus />
        <Textarea label="Reason" description="Why it should be so; who approves reads this" required autosize minRows={2} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <TextInput type="datetime-local" label="Publish at" description="Once approved, at this time by itself; empty: when somebody publishes it" value={at} onChange={(event) => setAt(event.currentTarget.value)} />
        <Wrong error={make.error} />
        <Button type="submit" loading={make.isPending} style={{ justifySelf: 'end' }}>Propose</Button>
      </form>
    </Modal>
  );
}
