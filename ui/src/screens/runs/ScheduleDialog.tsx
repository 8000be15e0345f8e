import { Button, Group, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import type { Schedule } from '@/api/runTypes';
import { words } from '@/lib/format';
import { tellDone } from '@/lib/tell';
import { Dialog } from '@/parts/Dialog';
import { Wrong } from '@/parts/States';
import css from './runs.module.css';

const REASON_CHARS_MAX = 500;

/** Pauses the schedule of a process, or lets it go on, with a reason. */
export function ScheduleDialog({ schedule, onClose }: { schedule: Schedule; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const verb = schedule.paused ? 'resume' : 'pause';
  const work = useMutation({
    mutationFn: () => http.post(`/clients/${seg(schedule.client)}/schedules/${seg(schedule.process)}/${verb}`, { reason: reason.trim() }),
    onSuccess: () => {
      tellDone(schedule.paused ? 'It begins runs again' : 'Paused');
      void queries.invalidateQueries({ queryKey: ['runs'] });
      onClose();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    work.mutate();
  };
  return (
    <Dialog onClose={onClose} title={`${schedule.paused ? 'Resume' : 'Pause'} the schedule of ${words(schedule.process)}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form className={css.form} onSubmit={submit}>
        <p>{schedule.paused ? 'It goes on with its next time. Times that passed meanwhile begin nothing.' : 'No run begins by it until it is resumed, also not on a new release. Runs under way go on.'}</p>
        <Textarea label="Reason" description="Goes into the ledger with your name" data-autofocus required autosize minRows={1} maxRows={4} maxLength={REASON_CHARS_MAX} value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
        <Wrong error={work.error} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Close</Button>
          <Button type="submit" disabled={!reason.trim()} loading={work.isPending}>{schedule.paused ? 'Resume' : 'Pause'}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
