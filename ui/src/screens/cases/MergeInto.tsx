import { Button, Checkbox, Group, Radio, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { CaseDetail, CaseRow } from '@/api/types';
import { words } from '@/lib/format';
import { tellDone } from '@/lib/tell';
import { CASE_STATES } from '@/parts/Chips';
import { Dialog } from '@/parts/Dialog';
import { Wrong } from '@/parts/States';
import css from './case.module.css';

const TYPING_MS = 300;

/** This case goes on in another one: the same customer's, or, if somebody says that they belong together, another's. */
export function MergeInto({ one, onClose, onMerged }: { one: CaseDetail; onClose: () => void; onMerged?: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search.trim(), TYPING_MS);
  const found = useQuery(q.mergeable(one.client, one.customer.id, asked));
  const [into, setInto] = useState<CaseRow | null>(null);
  const [together, setTogether] = useState(false);
  const [reason, setReason] = useState('');
  const rows = (found.data?.items ?? []).filter((row) => row.id !== one.id);
  const shown = into && !rows.some((row) => row.id === into.id) ? [into, ...rows] : rows;
  const other = into !== null && into.customer.id !== one.customer.id;
  const merge = useMutation({
    mutationFn: (target: CaseRow) => http.post(`/clients/${seg(one.client)}/cases/${seg(one.id)}/merge`, { into: target.id, other_customer: other && together, reason: reason.trim() }),
    onSuccess: (_done, target) => {
      tellDone(`Case ${one.number} goes on in case ${target.number}`);
      for (const key of ['case', 'timeline', 'cases', 'work', 'effects']) void queries.invalidateQueries({ queryKey: [key] });
      onClose();
      if (onMerged) onMerged();
      else void navigate({ to: '/cases/$client/$id', params: { client: target.client, id: target.id }, search: {} });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (into) merge.mutate(into);
  };
  return (
    <Dialog onClose={onClose} title={`Merge case ${one.number} into…`} size="lg" closeButtonProps={{ 'aria-label': 'Cancel' }}>
      <form onSubmit={submit} style={{ display: 'grid', gap: 12 }}>
        <TextInput label="Find a case" description="By number, subject or customer; empty: the open cases of this customer" data-autofocus value={search} onChange={(event) => setSearch(event.currentTarget.value)} />
        <Radio.Group label="Case that goes on" value={into?.id ?? ''} onChange={(id) => { setInto(shown.find((row) => row.id === id) ?? null); setTogether(false); }}>
          <div className={css.choices}>
            {shown.length === 0 && <p className={css.faint} role="status">{found.error ? 'The cases could not be read: close this, and try again' : found.isPending ? 'Looking for cases …' : asked ? 'No open case fits' : 'This customer has no other open case'}</p>}
            {shown.map((row) => <Radio key={row.id} value={row.id} label={`${row.number} ${row.subject || 'No subject'}`} description={`${row.customer.name || 'No name'} · ${words(row.channel)} · ${CASE_STATES[row.state].label}`} />)}
          </div>
        </Radio.Group>
        {other && <Checkbox label="The two customers belong together" description="Baton knows them as two. What is answered from now on reaches both; neither reads what the other wrote, and who they are has to be verified again." checked={together} onChange={(event) => setTogether(event.currentTarget.checked)} />}
        <Textarea label="Reason" description="It goes into the ledger, and to whoever looks for the work that is withdrawn" autosize minRows={1} maxRows={4} maxLength={300} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <Wrong error={merge.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={merge.isPending} disabled={!into || (other && !together)}>Merge</Button>
        </Group>
      </form>
    </Dialog>
  );
}
