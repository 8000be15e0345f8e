import { NativeSelect, Switch } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { Needs as Needed } from '@/api/rulesTypes';
import { holds } from '@/lib/grants';
import { tellDone, tellFailure } from '@/lib/tell';
import { Panel } from '@/parts/Page';
import css from './changes.module.css';

const SETTERS = ['admin'];
const APPROVALS = ['1', '2', '3', '4', '5'];
const MEANS = {
  on: 'A new release goes live only where every property of its policies is proven: by a change, also one that is approved already, and by baton deploy. Where there is no solver, none does.',
  off: 'A change of which a property is refuted is kept back; one that could not be proven is a warning, and baton deploy does not ask.',
};

/** What a change of a client needs before it is published, set by its administrators. */
export function Needs({ client, needs }: { client: string; needs: Needed }) {
  const { data: session } = useQuery(q.session);
  const queries = useQueryClient();
  const set = useMutation({
    mutationFn: ({ path, body }: { path: 'approvals' | 'proofs'; body: object; done: string }) => http.post(`/clients/${seg(client)}/${path}`, body),
    onSuccess: async (_, { done }) => {
      tellDone(done);
      await Promise.all([queries.invalidateQueries({ queryKey: ['proposals', client] }), queries.invalidateQueries({ queryKey: ['rules', 'proofs', client] })]);
    },
    onError: tellFailure,
  });
  const may = holds(session, SETTERS, client);
  const ask = (required: boolean) => set.mutate({ path: 'proofs', body: { required }, done: required ? 'Changes need proofs from now on' : 'Changes need no proofs any more' });
  const people = (approvals: number) => set.mutate({ path: 'approvals', body: { approvals }, done: 'Set for changes that are proposed from now on' });
  return (
    <Panel title="What changes need">
      <div className={css.needs}>
        <NativeSelect label="People who approve" description="Besides whoever proposes it; of a change that is proposed from now on" data={APPROVALS} value={String(needs.approvals)} disabled={!may} onChange={(event) => people(Number(event.currentTarget.value))} />
        <Switch label="Changes need proofs" description={needs.proofs ? MEANS.on : MEANS.off} checked={needs.proofs} disabled={!may} onChange={(event) => ask(event.currentTarget.checked)} />
        {!may && <p className={css.side}>An administrator of this client sets it.</p>}
      </div>
    </Panel>
  );
}
