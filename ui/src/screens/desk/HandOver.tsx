import { Button, Group, Select, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { WorkItemDetail } from '@/api/types';
import { tellDone } from '@/lib/tell';
import { Dialog } from '@/parts/Dialog';
import { Wrong } from '@/parts/States';
import { HERE } from '@/shell/Presence';

// The rest is found by typing.
const NAMES_MAX = 100;

/** Offers what one has to a colleague, who takes it or not, or passes it to another queue; the customer sees one conversation all the
 *  while. */
export function HandOver({ item, onClose }: { item: WorkItemDetail; onClose: () => void }) {
  const queries = useQueryClient();
  const team = useQuery(q.team);
  const { data: session } = useQuery(q.session);
  const [to, setTo] = useState<string | null>(null);
  const [note, setNote] = useState('');
  // Whoever does not work at this client cannot take it.
  const people = (team.data?.items ?? []).filter((one) => one.member !== session?.member.id && one.clients.includes(item.client)).sort((a, b) => Number(a.presence?.state !== 'available') - Number(b.presence?.state !== 'available') || a.has - b.has);
  const { data: queues } = useQuery(q.queues);
  const others = (queues?.items ?? []).filter((row) => row.client === item.client && row.queue !== item.queue);
  const queue = to?.startsWith('queue:') ? to.slice('queue:'.length) : null;
  const at = `/clients/${seg(item.client)}/work-items/${seg(item.id)}`;
  const give = useMutation({
    mutationFn: () => (queue === null ? http.post(`${at}/offer`, { to, note: note.trim() }) : http.post(`${at}/pass`, { queue, note: note.trim() })),
    onSuccess: () => {
      tellDone(queue === null ? 'Offered: it stays with you until it is taken' : `It waits in ${others.find((row) => row.queue === queue)?.title || queue}`);
      for (const key of queue === null ? [['work', 'offers']] : [['work'], ['queues'], ['floor']]) void queries.invalidateQueries({ queryKey: key });
      onClose();
    },
  });
  const targets = [
    { group: 'People', items: people.map((one) => ({ value: one.member, label: `${one.name} (${HERE[one.presence?.state ?? 'off'].label.toLowerCase()}, has ${one.has})` })) },
    { group: 'Queues', items: others.map((row) => ({ value: `queue:${row.queue}`, label: `${row.title || row.queue} (${row.open ? `${row.waiting} waiting` : 'closed'})` })) },
  ].filter((group) => group.items.length > 0);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    give.mutate();
  };
  return (
    <Dialog onClose={onClose} title="Hand to a colleague or a queue" closeButtonProps={{ 'aria-label': 'Cancel' }}>
      <form onSubmit={submit} style={{ display: 'grid', gap: 12 }}>
        <Select label="To" required searchable limit={NAMES_MAX} data-autofocus error={team.error ? 'Who is there could not be read: close this, and try again' : undefined} nothingFoundMessage={team.isPending ? 'Looking who is there' : 'Nobody of this name works there'} value={to} onChange={setTo} data={targets} />
        <Textarea label="What they should know" description={queue === null ? 'They read it before they take it' : item.case ? 'It becomes a note of the case' : 'This belongs to no case that could keep a note: leave it empty'} autosize minRows={2} maxRows={8} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <Wrong error={give.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={give.isPending} disabled={!to}>{queue === null ? 'Offer' : 'Pass on'}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
