import { useQuery } from '@tanstack/react-query';
import * as q from '@/api/queries';
import type { RunDetail } from '@/api/runTypes';
import { Empty, Show } from '@/parts/States';
import { EffectRow } from '../cases/Effects';

/** What the run did in other systems. */
export function Effects({ run, currency }: { run: RunDetail; currency: string }) {
  const read = useQuery(q.runEffects(run.client, run.id));
  return (
    <Show of={read}>
      {(page) => page.items.length === 0 ? <Empty title="No calls yet">What it does in the client's systems appears here, with why it was allowed.</Empty> : (
        <ul>{page.items.map((effect) => <EffectRow key={effect.id} client={run.client} effect={effect} currency={currency} />)}</ul>
      )}
    </Show>
  );
}
