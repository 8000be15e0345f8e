import { Button, Checkbox, Group, SegmentedControl, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import type { RunFilter } from '@/api/queries';
import type { BulkDone } from '@/api/runTypes';
import { count } from '@/lib/format';
import { Dialog } from '@/parts/Dialog';
import { Empty, Wrong } from '@/parts/States';
import { JsonField, read } from './JsonField';
import { shortId } from './words';
import css from './runs.module.css';

const OPERATIONS = [
  { value: 'retry', label: 'Retry' },
  { value: 'resume', label: 'Resume' },
  { value: 'suspend', label: 'Suspend' },
  { value: 'migrate', label: 'Migrate' },
  { value: 'cancel', label: 'Cancel' },
];
/** Most runs that could not be changed which are named. */
const REFUSED_SHOWN = 50;

interface Props {
  client: string;
  where: RunFilter;
  first?: 'retry' | 'cancel' | 'suspend';
  onClose: () => void;
}

/** As many calls as it takes, each in a transaction of its own; what they came to together. */
async function through(call: (after: string | undefined) => Promise<BulkDone>, onPart: (sum: BulkDone) => void): Promise<BulkDone> {
  let sum = await call(undefined);
  onPart(sum);
  while (sum.next) {
    const part = await call(sum.next);
    sum = {
      matched: sum.matched + part.matched,
      more: part.more,
      next: part.next,
      changed: sum.changed + part.changed,
      unchanged: sum.unchanged + part.unchanged,
      refused: [...sum.refused, ...part.refused].slice(0, REFUSED_SHOWN),
      refusals: sum.refusals + part.refusals,
    };
    onPart(sum);
  }
  return sum;
}

/** The same operation on all runs that fit; how many they are is said before. */
export function ManyDialog({ client, where, first = 'suspend', onClose }: Props) {
  const [operation, setOperation] = useState<string>(first);
  const [reason, setReason] = useState('');
  const [compensate, setCompensate] = useState(false);
  const [map, setMap] = useState('{\n  "tasks": {}\n}');
  const [sofar, setSofar] = useState<BulkDone>();
  const queries = useQueryClient();
  const path = `/clients/${seg(client)}/run-operations`;
  const fits = Object.fromEntries(Object.entries({ ...where, client: undefined }).filter(([, value]) => value !== undefined));
  const migrates = operation === 'migrate';
  const preview = useQuery({
    queryKey: ['runs', 'preview', client, operation, where],
    queryFn: () => http.post<BulkDone>(path, { operation, where: fits, preview: true }),
  });
  const give = (dry_run: boolean) => {
    // What was only tried has changed nothing.
    setSofar(undefined);
    return through(
      (after) => http.post<BulkDone>(path, {
        operation,
        where: { ...fits, after },
        reason: reason.trim(),
        compensate: operation === 'cancel' && compensate,
        ...(migrates ? { map: read(map) ?? {}, dry_run } : {}),
      }),
      setSofar,
    );
  };
  const tried = useMutation({ mutationFn: () => give(true) });
  const work = useMutation({
    mutationFn: () => give(false),
    onSettled: () => {
      for (const key of [['run', client], ['runs'], ['work']]) void queries.invalidateQueries({ queryKey: key });
    },
  });
  const wrong = migrates && read(map) === undefined;
  const tries = migrates && !tried.data;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (tries) tried.mutate();
    else work.mutate();
  };
  const change = (what: () => void) => {
    tried.reset();
    setSofar(undefined);
    what();
  };
  const matched = preview.data?.matched ?? 0;
  // One call looks through so many runs; those that fit may be further down.
  const nothing = matched === 0 && !preview.data?.more;
  const all = preview.data?.more ? 'all of them' : `${count(matched)} ${matched === 1 ? 'run' : 'runs'}`;
  const problem = work.error ?? tried.error ?? preview.error;
  const label = OPERATIONS.find((one) => one.value === operation)?.label ?? 'Change';
  return (
    <Dialog onClose={onClose} title="Operate all runs that fit" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      {work.data ? <Done done={work.data} client={client} onClose={onClose} /> : (
        <form className={css.form} onSubmit={submit}>
          <SegmentedControl data={OPERATIONS} value={operation} onChange={(next) => change(() => setOperation(next))} aria-label="Operation" />
          <p aria-live="polite"><strong className="num">{preview.isPending ? '…' : count(matched)}</strong>{preview.data?.more ? ' runs or more fit' : matched === 1 ? ' run fits' : ' runs fit'} the filters. Runs for which it makes no sense stay as they are.</p>
          {migrates && <JsonField label="Map" says='Paths of tasks that are called otherwise in the live version, such as {"tasks": {"/do/2/check": "/do/3/check"}}. What is not named keeps its path. It is tried first.' value={map} onChange={(text) => change(() => setMap(text))} />}
          <Textarea label="Reason" description="Goes into the ledger of each run with your name" data-autofocus required={!tries} autosize minRows={1} maxRows={4} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
          {operation === 'cancel' && <Checkbox label="Undo what they have done" checked={compensate} onChange={(event) => setCompensate(event.currentTarget.checked)} />}
          {tried.data && !work.isPending && <Fits tried={tried.data} client={client} />}
          {(work.isPending || tried.isPending) && sofar?.next && <p role="status"><span className="num">{count(sofar.matched)}</span> runs looked at so far…</p>}
          <Wrong error={problem} />
          {work.error && sofar && <p>{count(sofar.changed)} had been changed before.</p>}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>Close</Button>
            <Button type="submit" color={operation === 'cancel' ? 'brick' : undefined} disabled={nothing || wrong || (!tries && !reason.trim())} loading={work.isPending || tried.isPending}>{tries ? 'Try it' : `${label} ${all}`}</Button>
          </Group>
        </form>
      )}
    </Dialog>
  );
}

function Fits({ tried, client }: { tried: BulkDone; client: string }) {
  return (
    <div role="status">
      <p><strong className="num">{count(tried.changed)}</strong> fit the live version, <span className="num">{count(tried.unchanged)}</span> are on it, <span className="num">{count(tried.refusals)}</span> do not fit.</p>
      <Refused done={tried} client={client} />
    </div>
  );
}

function Done({ done, client, onClose }: { done: BulkDone; client: string; onClose: () => void }) {
  return (
    <div className={css.form} role="status">
      <p><strong className="num">{count(done.changed)}</strong> changed, <span className="num">{count(done.unchanged)}</span> stood so already, <span className="num">{count(done.refusals)}</span> could not be changed.</p>
      {done.matched === 0 && <Empty title="No run fitted any more" />}
      <Refused done={done} client={client} />
      <Group justify="flex-end"><Button onClick={onClose} data-autofocus>Close</Button></Group>
    </div>
  );
}

function Refused({ done, client }: { done: BulkDone; client: string }) {
  if (done.refused.length === 0) return null;
  return (
    <ul className={css.refused}>
      {done.refused.map((one) => <li key={one.run}><Link to="/runs/$client/$id" params={{ client, id: one.run }} search={{}}>{shortId(one.run)}</Link> {one.why}</li>)}
    </ul>
  );
}
