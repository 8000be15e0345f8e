import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Offer } from '@/api/deskTypes';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import { useNames } from '@/lib/names';
import { tellDone, tellFailure } from '@/lib/tell';
import css from './desk.module.css';

/** Work that colleagues offer, and what one offers them. */
export function Offers({ onTaken }: { onTaken: (offer: Offer) => void }) {
  const { data } = useQuery({ ...q.offers, retry: false });
  const { data: session } = useQuery(q.session);
  const offers = data?.items ?? [];
  if (offers.length === 0) return null;
  return (
    <section aria-label="Offers" aria-live="polite">
      <h2 className={css.group}>Offers <span className="num">{offers.length}</span></h2>
      <ul>
        {offers.map((one) => <li key={`${one.client}/${one.item}`} className={css.offer}><Row offer={one} mine={one.from === session?.member.id} onTaken={onTaken} /></li>)}
      </ul>
    </section>
  );
}

function Row({ offer, mine, onTaken }: { offer: Offer; mine: boolean; onTaken: (offer: Offer) => void }) {
  const names = useNames();
  const queries = useQueryClient();
  const base = `/clients/${seg(offer.client)}/work-items/${seg(offer.item)}/offer`;
  const settled = () => { for (const key of ['work', 'queues', 'case', 'floor']) void queries.invalidateQueries({ queryKey: [key] }); };
  const answer = useMutation({
    mutationFn: (accept: boolean) => http.post(`${base}/reply`, { accept }),
    onSuccess: (_done, accept) => { if (accept) onTaken(offer); else tellDone('It stays with your colleague'); },
    onError: tellFailure,
    onSettled: settled,
  });
  const back = useMutation({ mutationFn: () => http.delete(base), onError: tellFailure, onSettled: settled });
  return (
    <>
      <strong>{offer.title}</strong>
      <span>{mine ? `Offered to ${names.member(offer.to)}` : `From ${names.member(offer.from)}`}{offer.note ? `: ${offer.note}` : ''}</span>
      <span className={css.offerDo}>
        {mine ? <Button size="compact-xs" variant="default" loading={back.isPending} onClick={() => back.mutate()}>Take back</Button> : (
          <>
            <Button size="compact-xs" loading={answer.isPending} onClick={() => answer.mutate(true)}>Take it</Button>
            <Button size="compact-xs" variant="default" disabled={answer.isPending} onClick={() => answer.mutate(false)}>Decline</Button>
          </>
        )}
      </span>
    </>
  );
}
