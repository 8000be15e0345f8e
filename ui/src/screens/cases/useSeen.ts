import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';

/** Whoever looks at a case has seen what names them there: also what is written while they look. */
export function useSeen(client: string, id: string) {
  const queries = useQueryClient();
  const { data: mentions } = useQuery({ ...q.mentions, retry: false });
  const newest = mentions?.items.filter((one) => one.client === client && one.case === id).map((one) => one.note).sort().at(-1);
  useEffect(() => {
    if (!newest) return;
    // What could not be noted is shown again, and noted then.
    http.post(`/clients/${seg(client)}/cases/${seg(id)}/mentions/seen`).then(() => queries.invalidateQueries({ queryKey: ['mentions'] }), () => undefined);
  }, [client, id, newest, queries]);
}
