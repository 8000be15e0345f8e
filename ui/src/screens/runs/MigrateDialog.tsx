import { Button, Group, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import type { Migrated, RunDetail } from '@/api/runTypes';
import { tellDone } from '@/lib/tell';
import { Dialog } from '@/parts/Dialog';
import { Wrong } from '@/parts/States';
import { JsonField, read } from './JsonField';
import css from './runs.module.css';

/** Moves a run to the live version of its process: first it is tried without changing anything, then done. */
export function MigrateDialog({ run, onClose }: { run: RunDetail; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [map, setMap] = useState('{\n  "tasks": {}\n}');
  const queries = useQueryClient();
  const path = `/clients/${seg(run.client)}/runs/${seg(run.id)}/migrate`;
  const send = (dry_run: boolean) => http.post<Migrated>(path, { map: read(map) ?? {}, reason: reason.trim(), dry_run });
  const tried = useMutation({ mutationFn: () => send(true) });
  const work = useMutation({
    mutationFn: () => send(false),
    onSuccess: (found) => {
      if (found.misfits.length > 0) return;
      tellDone('Moved');
      for (const key of [['run', run.client], ['runs']]) void queries.invalidateQueries({ queryKey: key });
      onClose();
    },
  });
  const wrong = read(map) === undefined;
  const result = work.data ?? tried.data;
  const fits = tried.data?.misfits.length === 0;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (fits) work.mutate();
    else tried.mutate();
  };
  const change = (text: string) => {
    tried.reset();
    work.reset();
    setMap(text);
  };
  const problem = work.error ?? tried.error;
  return (
    <Dialog onClose={onClose} title="Migrate" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form className={css.form} onSubmit={submit}>
        <p>{run.live ? 'This run is on the live version already.' : `From version ${run.version ?? 'unknown'} to ${run.live_version ?? 'none: the process is not live any more'}. It is tried first; nothing changes before you say so.`}</p>
        <JsonField label="Map" says='Paths of tasks that are called otherwise in the new version, such as {"tasks": {"/do/2/check": "/do/3/check"}}. What is not named keeps its path.' value={map} onChange={change} />
        <Textarea label="Reason" description="Goes into the ledger with your name" required={fits} autosize minRows={1} maxRows={4} maxLength={500} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <div aria-live="polite">
          {result && result.misfits.length === 0 && <p className={css.good}>It fits: its position and data have a place in version {result.version}.</p>}
          {result && result.misfits.length > 0 && (
            <>
              <p className={css.bad}>It does not fit:</p>
              <ul className={css.refused}>{result.misfits.map((one) => <li key={`${one.place}${one.why}`}><code>{one.place === '/' ? 'The run' : one.place}</code> {one.why}. {one.remedy}</li>)}</ul>
            </>
          )}
        </div>
        <Wrong error={problem} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Close</Button>
          <Button type="submit" disabled={wrong || run.live || (fits && !reason.trim())} loading={tried.isPending || work.isPending}>{fits ? 'Move the run' : 'Try it'}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
