import { Button, Checkbox, Group, Radio, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { CaseDetail, CaseRow, TimelineItem } from '@/api/types';
import { shortTime } from '@/lib/format';
import { useNames } from '@/lib/names';
import { tellDone } from '@/lib/tell';
import { Dialog } from '@/parts/Dialog';
import { Wrong } from '@/parts/States';
import { splitInto } from './FromCase';
import css from './case.module.css';

const SHOWN_CHARS = 160;

/** Chosen messages become a case of their own; they stay readable here. */
export function SplitOff({ one, onClose }: { one: CaseDetail; onClose: () => void }) {
  const queries = useQueryClient();
  const names = useNames();
  const read = useQuery(q.timeline(one.client, one.id));
  const [chosen, setChosen] = useState<Record<string, boolean>>({});
  const [subject, setSubject] = useState('');
  const [then, setThen] = useState('queue');
  const messages = (read.data?.items ?? []).filter((item) => item.kind === 'message' && !splitInto(item));
  const ids = messages.filter((item) => chosen[item.id]).map((item) => item.id);
  const begins = messages.some((item) => chosen[item.id] && item.actor.kind === 'customer');
  const split = useMutation({
    mutationFn: () => http.post<CaseRow>(`/clients/${seg(one.client)}/cases/${seg(one.id)}/split`, { messages: ids, subject: subject.trim(), then }),
    onSuccess: (made) => {
      tellDone(`Case ${made.number} was split off${then === 'queue' ? ', and waits for a person' : ''}`);
      for (const key of ['case', 'timeline', 'cases', 'work', 'queues']) void queries.invalidateQueries({ queryKey: [key] });
      onClose();
    },
  });
  const who = (item: TimelineItem) => (item.actor.kind === 'customer' ? one.customer.name || 'Customer' : names.of(item.actor));
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    split.mutate();
  };
  return (
    <Dialog onClose={onClose} title={`Split off case ${one.number}…`} size="lg" closeButtonProps={{ 'aria-label': 'Cancel' }}>
      <form onSubmit={submit} style={{ display: 'grid', gap: 12 }}>
        <fieldset className={css.fieldset}>
          <legend>Messages of the new case</legend>
          <div className={css.choices}>
            {messages.length === 0 && <p className={css.faint} role="status">{read.error ? 'The messages could not be read: close this, and try again' : read.isPending ? 'Looking for messages …' : 'Every message was split off already'}</p>}
            {messages.map((item, at) => (
              <Checkbox key={item.id} data-autofocus={at === 0 || undefined} label={`${who(item)}, ${shortTime(item.at_ms)}`} description={(item.body ?? '').slice(0, SHOWN_CHARS)} checked={Boolean(chosen[item.id])} onChange={(event) => { const take = event.currentTarget.checked; setChosen((before) => ({ ...before, [item.id]: take })); }} />
            ))}
          </div>
        </fieldset>
        <TextInput label="Subject" description="Empty: the first line of the customer's first message" maxLength={120} value={subject} onChange={(event) => setSubject(event.currentTarget.value)} />
        <Radio.Group label="Who takes it on" value={then} onChange={setThen}>
          <Group gap="md" mt={4}>
            <Radio value="queue" label="A person, from the queue" />
            <Radio value="process" label="The AI, as if it had just come in" />
          </Group>
        </Radio.Group>
        <Wrong error={split.error} />
        <Group justify="flex-end" gap="xs">
          {ids.length > 0 && !begins && <span className={css.faint}>Choose at least one message of the customer</span>}
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={split.isPending} disabled={!begins}>Split off</Button>
        </Group>
      </form>
    </Dialog>
  );
}
