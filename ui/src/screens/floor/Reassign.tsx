import { Button, Checkbox, Group, Select, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import type { Colleague } from '@/api/deskTypes';
import { http, seg, withQuery } from '@/api/http';
import * as q from '@/api/queries';
import type { Page, WorkItem } from '@/api/types';
import { tellDone } from '@/lib/tell';
import { Dialog } from '@/parts/Dialog';
import { tellUndo } from '@/parts/undo';
import { Due } from '@/parts/Bits';
import { Wrong } from '@/parts/States';
import css from './floor.module.css';

interface Moved { item: string; moved: boolean; why?: string }
const WORK_MAX = 200;
// The rest is found by typing.
const NAMES_MAX = 100;

/** Gives items to a member or a queue, client by client. */
async function given(items: WorkItem[], to: Record<string, string>, reason: string, unbegun = false): Promise<Moved[]> {
  const moved: Moved[] = [];
  for (const client of new Set(items.map((item) => item.client))) {
    const ids = items.filter((item) => item.client === client).map((item) => item.id);
    const done = await http.post<{ items: Moved[] }>(`/clients/${seg(client)}/work-items/reassign`, { items: ids, to, reason, unbegun });
    moved.push(...done.items);
  }
  return moved;
}

/** What somebody has, given to a colleague or back to a queue. What cannot go says why and stays. */
export function Reassign({ from, people, onClose }: { from: Colleague; people: Colleague[]; onClose: () => void }) {
  const queries = useQueryClient();
  const work = useQuery({
    queryKey: ['work', 'of', from.member],
    queryFn: ({ signal }) => http.get<Page<WorkItem>>(withQuery('/work-items', { state: 'claimed', claimed_by: from.member, limit: WORK_MAX }), signal),
  });
  const { data: queues } = useQuery(q.queues);
  const items = work.data?.items ?? [];
  const [left, setLeft] = useState<Record<string, boolean>>({});
  const [to, setTo] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const chosen = items.filter((item) => !left[item.id]);
  const refresh = () => {
    for (const key of ['floor', 'work', 'queues']) void queries.invalidateQueries({ queryKey: [key] });
  };
  const give = useMutation({
    mutationFn: (asked: WorkItem[]) => {
      const [kind, name] = [to?.slice(0, to.indexOf(':')) ?? '', to?.slice(to.indexOf(':') + 1) ?? ''];
      return given(asked, { [kind]: name }, reason.trim());
    },
    // The list may be without them by now.
    onSuccess: (moved, asked) => {
      refresh();
      const gone = asked.filter((item) => moved.some((one) => one.item === item.id && one.moved));
      const says = `${gone.length} of ${moved.length} given on`;
      if (gone.length === 0) tellDone(says);
      else tellUndo(says, async () => {
        // Whoever has begun keeps it.
        const back = await given(gone, { member: from.member }, 'given back: it was given on by mistake', true);
        refresh();
        const stays = back.find((one) => !one.moved);
        if (stays) throw new Error(`It could not all go back to ${from.name}: ${stays.why ?? ''}`);
      });
      if (gone.length === moved.length) onClose();
    },
  });
  const stuck = give.data?.filter((one) => !one.moved) ?? [];
  // Who works at none of these clients cannot take it, and queues of others may be called the same.
  const places = [...new Set(chosen.map((item) => item.client))];
  const fits = (one: Colleague) => one.member !== from.member && places.every((place) => one.clients.includes(place));
  const there = (queues?.items ?? []).filter((row) => places.includes(row.client));
  const targets = [
    { group: 'People', items: people.filter(fits).map((one) => ({ value: `member:${one.member}`, label: `${one.name} (${one.presence?.state ?? 'off'}, has ${one.has})` })) },
    { group: 'Queues', items: [...new Map(there.map((row) => [row.queue, row.title || row.queue])).entries()].map(([name, label]) => ({ value: `queue:${name}`, label })) },
  ];
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    give.mutate(chosen);
  };
  return (
    <Dialog onClose={onClose} title={`Reassign the work of ${from.name}`} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit} style={{ display: 'grid', gap: 12 }}>
        <ul style={{ display: 'grid', gap: 6 }}>
          {items.map((item) => (
            <li key={item.id} style={{ display: 'flex', gap: 8, alignItems: 'center' }}>
              <Checkbox label={item.title} checked={!left[item.id]} onChange={(event) => { const out = !event.currentTarget.checked; setLeft((before) => ({ ...before, [item.id]: out })); }} />
              <Due ms={item.due_ms} from={item.opened_ms} />
            </li>
          ))}
        </ul>
        {work.data?.next && <p>The {WORK_MAX} most urgent; come again for the rest.</p>}
        <Select label="To" required searchable limit={NAMES_MAX} data={targets} value={to} onChange={setTo} data-autofocus />
        <Textarea label="Reason" description="Whoever gets it reads this, and it goes into the ledger" autosize minRows={1} maxRows={4} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <div aria-live="assertive">
          {stuck.map((one) => <p key={one.item} className={css.risk}>{items.find((item) => item.id === one.item)?.title ?? one.item}: {one.why}</p>)}
        </div>
        <Wrong error={give.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Close</Button>
          <Button type="submit" loading={give.isPending} disabled={!to || chosen.length === 0}>Give {chosen.length}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
