import { Button, Checkbox, Group, Modal, Select, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import type { Colleague } from '@/api/deskTypes';
import { http, Problem, seg, withQuery } from '@/api/http';
import * as q from '@/api/queries';
import type { Page, WorkItem } from '@/api/types';
import { tellDone } from '@/lib/tell';
import { Due } from '@/parts/Bits';
import css from './floor.module.css';

interface Moved { item: string; moved: boolean; why?: string }
const WORK_MAX = 200;

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
  const give = useMutation({
    mutationFn: async () => {
      const [kind, name] = [to?.slice(0, to.indexOf(':')) ?? '', to?.slice(to.indexOf(':') + 1) ?? ''];
      const moved: Moved[] = [];
      for (const client of places) {
        const ids = chosen.filter((item) => item.client === client).map((item) => item.id);
        const done = await http.post<{ items: Moved[] }>(`/clients/${seg(client)}/work-items/reassign`, { items: ids, to: { [kind]: name }, reason: reason.trim() });
        moved.push(...done.items);
      }
      return moved;
    },
    onSuccess: (moved) => {
      for (const key of ['floor', 'work', 'queues']) void queries.invalidateQueries({ queryKey: [key] });
      const stuck = moved.filter((one) => !one.moved);
      tellDone(`${moved.length - stuck.length} of ${moved.length} given on`);
      if (stuck.length === 0) onClose();
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
    give.mutate();
  };
  return (
    <Modal opened onClose={onClose} title={`Reassign the work of ${from.name}`} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
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
        <Select label="To" required searchable data={targets} value={to} onChange={setTo} data-autofocus />
        <Textarea label="Reason" description="Whoever gets it reads this, and it goes into the ledger" autosize minRows={1} maxRows={4} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <div aria-live="assertive">
          {stuck.map((one) => <p key={one.item} className={css.risk}>{items.find((item) => item.id === one.item)?.title ?? one.item}: {one.why}</p>)}
          {give.error && <p className={css.risk}>{give.error instanceof Problem ? `${give.error.title}: ${give.error.detail}` : String(give.error)}</p>}
        </div>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Close</Button>
          <Button type="submit" loading={give.isPending} disabled={!to || chosen.length === 0}>Give {chosen.length}</Button>
        </Group>
      </form>
    </Modal>
  );
}
