import { Button, Checkbox, Group, Modal, SegmentedControl, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type SyntheticEvent } from 'react';
import { http, Problem, seg } from '@/api/http';
import type { RunFilter } from '@/api/queries';
import type { BulkDone } from '@/api/runTypes';
import { count } from '@/lib/format';
import { Empty } from '@/parts/States';
import { shortId } from './words';
import css from './runs.module.css';

const OPERATIONS = [
  { value: 'retry', label: 'Retry' },
  { value: 'resume', label: 'Resume' },
  { value: 'suspend', label: 'Suspend' },
  { value: 'cancel', label: 'Cancel' },
];

interface Props {
  client: string;
  where: RunFilter;
  first?: 'retry' | 'cancel' | 'suspend';
  onClose: () => void;
}

/** The same operation on all runs that fit; how many they are is said before. */
export function ManyDialog({ client, where, first = 'suspend', onClose }: Props) {
  const [operation, setOperation] = useState<string>(first);
  const [reason, setReason] = useState('');
  const [compensate, setCompensate] = useState(false);
  const queries = useQueryClient();
  const path = `/clients/${seg(client)}/run-operations`;
  const fits = Object.fromEntries(Object.entries({ ...where, client: undefined }).filter(([, value]) => value !== undefined));
  const preview = useQuery({
    queryKey: ['runs', 'preview', client, operation, where],
    queryFn: () => http.post<BulkDone>(path, { operation, where: fits, preview: true }),
  });
  const work = useMutation({
    mutationFn: () => http.post<BulkDone>(path, { operation, where: fits, reason: reason.trim(), compensate: operation === 'cancel' && compensate }),
    onSuccess: () => {
      for (const key of [['run', client], ['runs'], ['work']]) void queries.invalidateQueries({ queryKey: key });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    work.mutate();
  };
  const matched = preview.data?.matched ?? 0;
  const problem = work.error ?? preview.error;
  return (
    <Modal opened onClose={onClose} title="Operate all runs that fit" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      {work.data ? <Done done={work.data} client={client} onClose={onClose} /> : (
        <form className={css.form} onSubmit={submit}>
          <SegmentedControl data={OPERATIONS} value={operation} onChange={setOperation} aria-label="Operation" />
          <p aria-live="polite"><strong className="num">{preview.isPending ? '…' : count(matched)}</strong> {matched === 1 ? 'run fits' : 'runs fit'} the filters{preview.data?.more ? '; one call takes the newest of them, call again for the rest' : ''}. Runs for which it makes no sense stay as they are.</p>
          <Textarea label="Reason" description="Goes into the ledger of each run with your name" data-autofocus required autosize minRows={1} maxRows={4} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          {operation === 'cancel' && <Checkbox label="Undo what they have done" checked={compensate} onChange={(event) => setCompensate(event.currentTarget.checked)} />}
          <div aria-live="assertive">{problem && <p className={css.bad}>{problem instanceof Problem ? `${problem.title}: ${problem.detail}` : String(problem)}</p>}</div>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>Close</Button>
            <Button type="submit" color={operation === 'cancel' ? 'brick' : undefined} disabled={matched === 0 || !reason.trim()} loading={work.isPending}>{OPERATIONS.find((one) => one.value === operation)?.label} {count(matched)} {matched === 1 ? 'run' : 'runs'}</Button>
          </Group>
        </form>
      )}
    </Modal>
  );
}

function Done({ done, client, onClose }: { done: BulkDone; client: string; onClose: () => void }) {
  return (
    <div className={css.form} role="status">
      <p><strong className="num">{count(done.changed)}</strong> changed, <span className="num">{count(done.unchanged)}</span> stood so already, <span className="num">{count(done.refusals)}</span> could not be changed.</p>
      {done.matched === 0 && <Empty title="No run fitted any more" />}
      {done.refused.length > 0 && (
        <ul className={css.refused}>
          {done.refused.map((one) => <li key={one.run}><Link to="/runs/$client/$id" params={{ client, id: one.run }} search={{}}>{shortId(one.run)}</Link> {one.why}</li>)}
        </ul>
      )}
      <Group justify="flex-end"><Button onClick={onClose} data-autofocus>Close</Button></Group>
    </div>
  );
}
