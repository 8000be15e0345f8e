import { Button, Group, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import { tellDone } from '@/lib/tell';
import { Dialog } from '@/parts/Dialog';
import { Wrong } from '@/parts/States';
import css from './case.module.css';

const REASON_CHARS_MAX = 400;

export interface Asked {
  other: { id: string; name: string };
  undo: boolean;
  /** A system of record has said the same of both. */
  proved: boolean;
}
interface Props {
  client: string;
  customer: { id: string; name: string };
  from?: string;
  asked: Asked;
  onClose: () => void;
}

/** Two customers are one, or are two again: always by a person, always with a reason. */
export function LinkDialog({ client, customer, from, asked, onClose }: Props) {
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const { other, undo } = asked;
  const name = other.name || 'this customer';
  const work = useMutation({
    mutationFn: () => {
      // Who has a name keeps it: a visitor without one becomes the other.
      const [one, two] = !undo && !customer.name && other.name ? [other.id, customer.id] : [customer.id, other.id];
      const links = `/clients/${seg(client)}/customers/${seg(one)}/links`;
      const body = { reason: reason.trim(), ...(from ? { case: from } : {}) };
      return undo ? http.delete(`${links}/${seg(two)}`, body) : http.post(links, { ...body, customer: two });
    },
    onSuccess: () => {
      tellDone(undo ? 'They are two customers again' : 'They are one customer now');
      for (const key of ['person', 'case', 'timeline', 'replyWays']) void queries.invalidateQueries({ queryKey: [key, client] });
      for (const key of ['cases', 'work']) void queries.invalidateQueries({ queryKey: [key] });
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    work.mutate();
  };
  const says = undo
    ? 'The addresses and cases that were theirs are theirs again, with what came in by those addresses since.'
    : 'All addresses and cases become one customer’s. Whoever writes from any of the addresses is that customer: they can be told what belongs to either.';
  return (
    <Dialog onClose={onClose} title={undo ? `Unlink ${name}` : `Link with ${name}`} closeButtonProps={{ 'aria-label': 'Cancel' }}>
      <form className={css.facts} onSubmit={submit}>
        <p>{says}</p>
        {!asked.proved && <p style={{ color: 'var(--bt-warn)' }}>Nothing was verified for both. What somebody says of themselves proves nothing: ask them something that only the other would know.</p>}
        <Textarea label="How you know" description="Goes into the ledger with your name" data-autofocus required autosize minRows={1} maxRows={4} maxLength={REASON_CHARS_MAX} value={reason} onChange={(event) => setReason(event.currentTarget.value.replace(/\s+/g, ' '))} />
        <Wrong error={work.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" disabled={!reason.trim()} loading={work.isPending}>{undo ? 'Unlink' : 'Link'}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
