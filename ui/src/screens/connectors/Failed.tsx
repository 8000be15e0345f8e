import { useQuery } from '@tanstack/react-query';
import type { Connector } from '@/api/connectorTypes';
import { http, seg, withQuery } from '@/api/http';
import type { Effect, Page } from '@/api/types';
import { count } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Panel } from '@/parts/Page';
import { Failure } from '@/parts/States';
import { EffectRow } from '../cases/Effects';
import css from './connectors.module.css';

/** Rows of one page, and of it those that are shown. */
const ROWS = 200;
const SHOWN_MAX = 20;

/** The newest calls of a connected system that were to change something and failed, each to be tried again. */
export function Failed({ client, of }: { client: string; of: Connector }) {
  const currency = useClients().currency(client);
  const read = useQuery({
    queryKey: ['effects', client, 'failed'],
    queryFn: ({ signal }) => http.get<Page<Effect>>(withQuery(`/clients/${seg(client)}/effects`, { state: 'failed', writes: 1, limit: ROWS }), signal),
  });
  const own = new Set(of.items.map((action) => action.name));
  const rows = (read.data?.items ?? []).filter((effect) => own.has(effect.action));
  if (read.error && !read.data) return <Panel title="Failed calls"><Failure error={read.error} retry={() => void read.refetch()} /></Panel>;
  if (rows.length === 0) return null;
  return (
    <Panel title="Failed calls">
      <ul>{rows.slice(0, SHOWN_MAX).map((effect) => <EffectRow key={effect.id} client={client} effect={effect} currency={currency} />)}</ul>
      {rows.length > SHOWN_MAX && <p className={css.faint}>{count(rows.length - SHOWN_MAX)} more that are older.</p>}
    </Panel>
  );
}
