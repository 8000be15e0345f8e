import { Button, Group, Modal, Select, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { CaseDetail } from '@/api/types';
import { words } from '@/lib/format';
import { holds } from '@/lib/grants';
import { tellDone } from '@/lib/tell';
import { Wrong } from '@/parts/States';

const MAY = ['ai_lead', 'supervisor', 'human_agent', 'finance_lead'];
const REASONS = ['wrong_answer', 'outdated_article', 'misunderstood', 'wrong_tone', 'wrong_action', 'system_error', 'policy_exception', 'wrong_team'];

// The server keeps no more of it.
const NOTE_CHARS_MAX = 1000;

/** A person says that the AI ended a case wrongly: another outcome, a reason of a closed list, and why in words. The old one stays in the ledger. */
export function ChangeOutcome({ one }: { one: CaseDetail }) {
  const { data: session } = useQuery(q.session);
  const [open, setOpen] = useState(false);
  const over = one.state === 'resolved' || one.state === 'closed';
  if (!over || one.outcome_by === 'member' || one.links?.merged_into || !holds(session, MAY, one.client)) return null;
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpen(true)}>Change the outcome</Button>
      <Modal opened={open} onClose={() => setOpen(false)} title="Change the outcome" closeButtonProps={{ 'aria-label': 'Cancel' }}>
        <Form one={one} onDone={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function Form({ one, onDone }: { one: CaseDetail; onDone: () => void }) {
  const queries = useQueryClient();
  const [outcome, setOutcome] = useState('');
  const [reason, setReason] = useState<string | null>(null);
  const [note, setNote] = useState('');
  const change = useMutation({
    mutationFn: () => http.post(`/clients/${seg(one.client)}/cases/${seg(one.id)}/override`, { outcome: outcome.trim(), reason, note: note.trim() }),
    onSuccess: () => {
      tellDone('The outcome is changed, and the case stands among the fixes');
      for (const key of ['case', 'timeline']) void queries.invalidateQueries({ queryKey: [key, one.client, one.id] });
      for (const key of ['cases', 'fixes', 'performance']) void queries.invalidateQueries({ queryKey: [key] });
      onDone();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <form onSubmit={submit} style={{ display: 'grid', gap: 12 }}>
      <TextInput label="It should have been" description={one.outcome ? `It is: ${words(one.outcome)}` : undefined} required data-autofocus maxLength={64} value={outcome} onChange={(event) => setOutcome(event.currentTarget.value)} />
      <Select label="Why" required data={REASONS.map((value) => ({ value, label: words(value) }))} value={reason} onChange={setReason} />
      <Textarea label="In your words" description="Kept with the tag, and not in the ledger" autosize minRows={2} maxRows={8} maxLength={NOTE_CHARS_MAX} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
      <Wrong error={change.error} />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" onClick={onDone}>Cancel</Button>
        <Button type="submit" loading={change.isPending} disabled={!outcome.trim() || !reason}>Change it</Button>
      </Group>
    </form>
  );
}
