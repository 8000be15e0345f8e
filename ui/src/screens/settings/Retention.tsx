import { Button, Group, NumberInput, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { Keeping } from '@/api/types';
import { count, words } from '@/lib/format';
import { holds } from '@/lib/grants';
import { tellDone, tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { useInAddress } from '@/lib/useInAddress';
import { Dialog } from '@/parts/Dialog';
import { Panel } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import css from './settings.module.css';

const DAYS_MAX = 36_500;
const SAYS: Record<string, string> = {
  customers: 'Days after the end of their last case; then they are erased, with a certificate',
  'model-exchanges': 'Days after they were made',
  mails: 'Days after the end of their case, as they came; the words of the case stay',
  files: 'Days after the end of their case: what is in them; that they came stays',
  runs: 'Days after the end of runs for no case, such as those of a schedule',
};

/** For how many days what is kept. */
export function Retention() {
  const clients = useClients();
  const [chosen, setChosen] = useInAddress('client', '');
  const client = chosen || clients.list[0]?.id || '';
  const read = useQuery({ ...q.retention(client), enabled: client !== '', retry: false });
  if (client === '') return <Empty title="No client yet">How long it is kept is a client’s: deploy one.</Empty>;
  return (
    <div className={css.grid}>
      <Select label="Client" description="A customer whose data is held keeps everything" data={clients.options} value={client} onChange={(next) => setChosen(next ?? '')} allowDeselect={false} maw={320} />
      <Panel title="How long it is kept">
        <Show of={read} rows={4}>{(page) => <>{page.items.map((one) => <Term key={`${client}/${one.class}`} client={client} kept={one} />)}</>}</Show>
      </Panel>
    </div>
  );
}

function Term({ client, kept }: { client: string; kept: Keeping }) {
  const queries = useQueryClient();
  const { data: session } = useQuery(q.session);
  const [days, setDays] = useState<number | string>(kept.days ?? '');
  const [asking, setAsking] = useState(false);
  const may = holds(session, ['admin'], client);
  // What is kept no longer is destroyed at once: a number typed wrongly is not to do that.
  const shorter = days !== '' && (kept.days === null || Number(days) < kept.days);
  const set = useMutation({
    mutationFn: () => http.put(`/clients/${seg(client)}/retention`, { class: kept.class, days: days === '' ? 0 : Number(days) }),
    onSuccess: () => { setAsking(false); tellDone('Set: what is older goes within a minute'); void queries.invalidateQueries({ queryKey: ['retention', client] }); },
    onError: tellFailure,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (shorter) setAsking(true);
    else set.mutate();
  };
  const whole = days === '' || (Number(days) >= 1 && Number(days) <= DAYS_MAX);
  return (
    <>
      <form className={css.form} onSubmit={submit} aria-label={words(kept.class)}>
        <NumberInput label={words(kept.class)} description={`${SAYS[kept.class] ?? 'Days'}. Without end, if empty`} min={1} max={DAYS_MAX} allowDecimal={false} disabled={!may} value={days} onChange={setDays} />
        {may && <Button type="submit" variant="default" loading={set.isPending} disabled={!whole || String(days) === String(kept.days ?? '')}>Set</Button>}
      </form>
      {asking && (
        <Dialog onClose={() => setAsking(false)} title={`${words(kept.class)}: ${count(Number(days))} ${Number(days) === 1 ? 'day' : 'days'}`} closeButtonProps={{ 'aria-label': 'Cancel' }}>
          <p>What is older is destroyed within a minute, and nobody brings it back.</p>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" data-autofocus onClick={() => setAsking(false)}>Cancel</Button>
            <Button color="brick" loading={set.isPending} onClick={() => set.mutate()}>Destroy what is older</Button>
          </Group>
        </Dialog>
      )}
    </>
  );
}
