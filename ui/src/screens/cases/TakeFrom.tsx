import { Button, Group, Modal, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { CaseDetail, Session } from '@/api/types';
import { holds } from '@/lib/grants';
import { useKeys } from '@/lib/keys';
import { useNames } from '@/lib/names';
import { tellDone } from '@/lib/tell';
import { Key } from '@/parts/Bits';
import { Wrong } from '@/parts/States';

// They assign work to others, and so to themselves.
const ROLES = ['supervisor'];

/** What a colleague has of a case and somebody else may take over: not an approval, which is no hold on the case. */
const held = (one: CaseDetail, session: Session | null | undefined) =>
  one.work_items.filter((item) => item.state === 'claimed' && item.kind !== 'approval' && item.claimed_by !== session?.member.id && item.client === one.client);

/** A supervisor takes a case over from the colleague who has it: the same conversation goes on, in other hands. */
export function TakeFrom({ one }: { one: CaseDetail }) {
  const { data: session } = useQuery(q.session);
  const items = held(one, session);
  if (one.actor.kind !== 'member' || items.length === 0 || !holds(session, ROLES, one.client)) return null;
  return <Taking one={one} me={session?.member.id ?? ''} items={items.map((item) => item.id)} from={items[0]?.claimed_by ?? null} />;
}

interface Moved {
  item: string;
  moved: boolean;
  why?: string;
}

function Taking({ one, me, items, from }: { one: CaseDetail; me: string; items: string[]; from: string | null }) {
  const names = useNames();
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [reason, setReason] = useState('');
  const name = names.member(from);
  const take = useMutation({
    mutationFn: () => http.post<{ items: Moved[] }>(`/clients/${seg(one.client)}/work-items/reassign`, { items, to: { member: me }, reason: reason.trim() }),
    onSuccess: (done) => {
      for (const key of ['case', 'timeline']) void queries.invalidateQueries({ queryKey: [key, one.client, one.id] });
      for (const key of ['work', 'floor', 'queues']) void queries.invalidateQueries({ queryKey: [key] });
      if (!done.items.every((item) => item.moved)) return;
      setOpen(false);
      tellDone('It is yours now');
    },
  });
  useKeys({ c: () => setOpen(true) });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    take.mutate();
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpen(true)} aria-keyshortcuts="c" rightSection={<Key>c</Key>}>Take over from {name}</Button>
      <Modal opened={open} onClose={() => setOpen(false)} title={`Take over from ${name}`} closeButtonProps={{ 'aria-label': 'Cancel' }}>
        <form onSubmit={submit} style={{ display: 'grid', gap: 12 }}>
          <Textarea label="Reason" description="It stands in the line of the case, for whoever had it, and in the ledger" data-autofocus autosize minRows={1} maxRows={4} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          <Wrong error={take.error ?? take.data?.items.find((item) => !item.moved)?.why} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setOpen(false)}>Cancel</Button>
            <Button type="submit" loading={take.isPending}>Take over</Button>
          </Group>
        </form>
      </Modal>
    </>
  );
}
