import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import * as q from '@/api/queries';
import { holds } from '@/lib/grants';
import { useClients } from '@/lib/useClients';
import { Show } from '@/parts/States';
import { Editor } from './Editor';
import css from './queues.module.css';

const PROPOSE = ['admin', 'ai_lead', 'knowledge_manager', 'designer', 'integrator'];

/** Queues, hours, service targets and words to whoever waits: edited here, live when a proposal of them is published. */
export function Queues() {
  const search = useSearch({ strict: false }) as { client?: string; queue?: string };
  const navigate = useNavigate();
  const clients = useClients();
  const { data: session } = useQuery(q.session);
  const client = search.client ?? clients.list[0]?.id ?? '';
  const go = (next: { client: string; queue?: string | undefined }) => void navigate({ to: '/settings', search: { tab: 'queues', ...next } as never, replace: true });
  const read = useQuery({ ...q.queueSettings(client), enabled: client !== '', retry: false });
  if (client === '') return null;
  return (
    <div className={css.screen}>
      <Select label="Client" data={clients.options} value={client} onChange={(next) => next && go({ client: next })} allowDeselect={false} maw={320} />
      <Show of={read} rows={6}>
        {(page) => <Editor key={client} client={client} live={page} queue={search.queue} mayPropose={holds(session, PROPOSE, client)} onPick={(queue) => go({ client, queue })} />}
      </Show>
    </div>
  );
}
