import { Button, NumberInput, Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { Keeping } from '@/api/types';
import { words } from '@/lib/format';
import { holds } from '@/lib/grants';
import { tellDone, tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { Panel } from '@/parts/Page';
import { Show } from '@/parts/States';
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
  const [chosen, setChosen] = useState<string | null>(null);
  const client = chosen ?? clients.list[0]?.id ?? '';
  const read = useQuery({ ...q.retention(client), enabled: client !== '', retry: false });
  if (client === '') return null;
  return (
    <div className={css.grid}>
      <Select label="Client" description="A customer whose data is held keeps everything" data={clients.options} value={client} onChange={setChosen} allowDeselect={false} maw={320} />
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
  const may = holds(session, ['admin'], client);
  const set = useMutation({
    mutationFn: () => http.put(`/clients/${seg(client)}/retention`, { class: kept.class, days: days === '' ? 0 : Number(days) }),
    onSuccess: () => { tellDone('Set: what is older goes within a minute'); void queries.invalidateQueries({ queryKey: ['retention', client] }); },
    onError: tellFailure,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    set.mutate();
  };
  const whole = days === '' || (Number(days) >= 1 && Number(days) <= DAYS_MAX);
  return (
    <form className={css.form} onSubmit={submit} aria-label={words(kept.class)}>
      <NumberInput label={words(kept.class)} description={`${SAYS[kept.class] ?? 'Days'}. Without end, if empty`} min={1} max={DAYS_MAX} allowDecimal={false} disabled={!may} value={days} onChange={setDays} />
      {may && <Button type="submit" variant="default" loading={set.isPending} disabled={!whole || String(days) === String(kept.days ?? '')}>Set</Button>}
    </form>
  );
}
