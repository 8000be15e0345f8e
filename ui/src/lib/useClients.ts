import { useQuery } from '@tanstack/react-query';
import * as q from '@/api/queries';
import type { Client } from '@/api/types';

/** The clients this member may see, by id. */
export function useClients() {
  const { data } = useQuery(q.clients);
  const list = data ?? [];
  const find = (id: string): Client | undefined => list.find((client) => client.id === id);
  return {
    list,
    find,
    name: (id: string) => find(id)?.name ?? id,
    currency: (id: string) => find(id)?.currency ?? 'USD',
    options: list.map((client) => ({ value: client.id, label: client.name })),
  };
}
