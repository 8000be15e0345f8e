import { Select } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { Way } from '@/api/customerTypes';
import type { Page } from '@/api/types';
import { words } from '@/lib/format';
import { tellDone, tellFailure } from '@/lib/tell';

const keyOf = (way: Way) => `${way.channel} ${way.address ?? ''}`;
const labelOf = (way: Way) => (way.address ? `By e-mail to ${way.address}` : `By ${words(way.channel).toLowerCase()}`);

/** By which way the reply goes: where the customer has left the chat, by e-mail. Shown where there is a choice. */
export function Ways({ client, id }: { client: string; id: string }) {
  const queries = useQueryClient();
  const { data } = useQuery({ ...q.replyWays(client, id), retry: false });
  const choose = useMutation({
    mutationFn: (way: Way) => http.post<Page<Way>>(`/clients/${seg(client)}/cases/${seg(id)}/ways`, { channel: way.channel, ...(way.address ? { address: way.address } : {}) }),
    onSuccess: (now, way) => {
      queries.setQueryData(q.replyWays(client, id).queryKey, now);
      for (const key of ['case', 'timeline']) void queries.invalidateQueries({ queryKey: [key, client, id] });
      tellDone(way.address ? `Answers go to ${way.address}, until the customer writes by another way` : `Answers go by ${words(way.channel).toLowerCase()} again`);
    },
    onError: tellFailure,
  });
  const items = data?.items ?? [];
  if (items.length < 2) return null;
  const now = items.find((way) => way.now);
  return (
    <Select size="xs" w={190} aria-label="By which way the reply goes" allowDeselect={false} disabled={choose.isPending} value={now ? keyOf(now) : null} placeholder="By e-mail"
      data={items.map((way) => ({ value: keyOf(way), label: labelOf(way) }))}
      onChange={(key) => { const way = items.find((one) => keyOf(one) === key); if (way && !way.now) choose.mutate(way); }} />
  );
}
