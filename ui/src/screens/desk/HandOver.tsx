import { Button, Group, Modal, Select, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, Problem, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { WorkItemDetail } from '@/api/types';
import { tellDone } from '@/lib/tell';
import { HERE } from '@/shell/Presence';

/** Offers what one has to a colleague, who takes it or not; the customer sees one conversation all the while. */
export function HandOver({ item, onClose }: { item: WorkItemDetail; onClose: () => void }) {
  const queries = useQueryClient();
  const team = useQuery(q.team);
  const { data: session } = useQuery(q.session);
  const [to, setTo] = useState<string | null>(null);
  const [note, setNote] = useState('');
  // Whoever does not work at this client cannot take it.
  const people = (team.data?.items ?? []).filter((one) => one.member !== session?.member.id && one.clients.includes(item.client)).sort((a, b) => Number(a.presence?.state !== 'available') - Number(b.presence?.state !== 'available') || a.has - b.has);
  const offer = useMutation({
    mutationFn: () => http.post(`/clients/${seg(item.client)}/work-items/${seg(item.id)}/offer`, { to, note: note.trim() }),
    onSuccess: () => {
      tellDone('Offered: it stays with you until it is taken');
      void queries.invalidateQueries({ queryKey: ['work', 'offers'] });
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    offer.mutate();
  };
  return (
    <Modal opened onClose={onClose} title="Hand to a colleague" closeButtonProps={{ 'aria-label': 'Cancel' }}>
      <form onSubmit={submit} style={{ display: 'grid', gap: 12 }}>
        <Select label="To" required searchable data-autofocus error={team.error ? 'Who is there could not be read: close this, and try again' : undefined} nothingFoundMessage={team.isPending ? 'Looking who is there' : 'Nobody of this name works there'} value={to} onChange={setTo} data={people.map((one) => ({ value: one.member, label: `${one.name} (${HERE[one.presence?.state ?? 'off'].label.toLowerCase()}, has ${one.has})` }))} />
        <Textarea label="What they should know" description="They read it before they take it" autosize minRows={2} maxRows={8} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        <div aria-live="assertive">{offer.error && <p style={{ color: 'var(--bt-bad)', fontSize: '0.8125rem' }}>{offer.error instanceof Problem ? offer.error.message : String(offer.error)}</p>}</div>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={offer.isPending} disabled={!to}>Offer</Button>
        </Group>
      </form>
    </Modal>
  );
}
