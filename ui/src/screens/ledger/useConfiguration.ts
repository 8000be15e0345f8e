import { useQuery } from '@tanstack/react-query';
import * as q from '@/api/queries';
import type { LedgerEntry } from '@/api/types';

const NONE: LedgerEntry[] = [];

/** What was set up at a client while a case went on, and the release that it began on: it belongs to no case, and decided how each went.
    None where no client is named. */
export function useConfiguration(client: string | undefined, id: string | undefined) {
  const { data, error } = useQuery({ ...q.configuration(client ?? '', id ?? ''), enabled: client !== undefined && id !== undefined });
  return { items: client && id ? (data?.items ?? NONE) : NONE, error: client && id ? error : null };
}
