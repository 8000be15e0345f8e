import { Button, CloseButton } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { Sealed, Verified } from '@/api/types';
import { count, fullTime } from '@/lib/format';
import { holds } from '@/lib/grants';
import { save } from '@/lib/save';
import { tellFailure } from '@/lib/tell';
import { Code } from '@/parts/DataView';
import { Failure, Loading } from '@/parts/States';
import css from './ledger.module.css';

const EXPORTS = ['admin', 'ai_lead', 'auditor'];

/** Saves the sealed ledger part by part, each a file of its own that is checked by itself. */
async function exportLedger(client: string) {
  for (let since = 0; ; ) {
    const files = await http.get<Record<string, string>>(`/clients/${seg(client)}/ledger/export?since=${since}`);
    const part = JSON.parse(files['manifest.json'] ?? '{}') as { size?: number; sealed?: number };
    const size = part.size ?? 0;
    save(since === 0 ? `ledger-${client}.json` : `ledger-${client}-from-${since}.json`, JSON.stringify(files), 'application/json');
    if (size <= since || size >= (part.sealed ?? 0)) return;
    since = size;
  }
}

/** Recomputes the client's ledger and shows the signed checkpoint anyone can check offline. */
export function Seal({ client, name, onClose }: { client: string; name: string; onClose: () => void }) {
  const read = useQuery({
    queryKey: ['seal', client],
    queryFn: async ({ signal }) => ({
      verified: await http.get<Verified>(`/clients/${seg(client)}/ledger/verify`, signal),
      sealed: await http.get<Sealed>(`/clients/${seg(client)}/ledger/checkpoint`, signal),
    }),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  const { data: session } = useQuery(q.session);
  const take = useMutation({
    mutationFn: () => exportLedger(client),
    onError: tellFailure,
  });
  return (
    <section className={css.seal} aria-label={`Verification of ${name}`} aria-live="polite">
      <div className={css.sealHead}>
        <p><strong>{name}</strong></p>
        <Button size="compact-xs" variant="default" loading={read.isFetching} onClick={() => void read.refetch()}>Verify again</Button>
        {holds(session, EXPORTS) && <Button size="compact-xs" variant="default" loading={take.isPending} onClick={() => take.mutate()}>Export</Button>}
        <CloseButton aria-label="Close the verification" onClick={onClose} />
      </div>
      {read.error ? <Failure error={read.error} /> : !read.data ? <Loading rows={3} label="Recomputing the ledger" /> : <Result verified={read.data.verified} sealed={read.data.sealed} />}
    </section>
  );
}

function Result({ verified, sealed }: { verified: Verified; sealed: Sealed }) {
  const { checkpoint } = sealed;
  const Icon = verified.ok ? IconCircleCheck : IconCircleX;
  return (
    <>
      <p style={{ display: 'flex', gap: 7, alignItems: 'center', fontWeight: 560, color: verified.ok ? 'var(--bt-good)' : 'var(--bt-bad)' }}>
        <Icon size={18} aria-hidden />
        {verified.ok ? `Whole: ${count(verified.entries)} entries recomputed, ${count(verified.checkpoints)} checkpoints agree.` : `Not whole: ${verified.first_bad?.what ?? 'an entry was changed'} (leaf ${verified.first_bad?.leaf_index ?? '?'}).`}
      </p>
      {verified.unsealed > 0 && <p className={css.faint}>{count(verified.unsealed)} newest entries wait for the next checkpoint.</p>}
      {checkpoint ? (
        <>
          <p className={css.faint}>Signed checkpoint of {fullTime(checkpoint.sealed_ms)}, size {count(checkpoint.size)}:</p>
          <Code label="Signed checkpoint">{checkpoint.note}</Code>
        </>
      ) : <p className={css.faint}>No checkpoint has been sealed yet.</p>}
      {sealed.public_key && <p className={css.faint}>Public key: <code>{sealed.public_key}</code>. Whoever has it and the export checks it anywhere: <code>baton audit verify EXPORT --key KEY</code></p>}
    </>
  );
}
