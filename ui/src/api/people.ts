// What every open console asks of people: small, whatever many there are.
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { Whereabouts } from './deskTypes';
import { http, withQuery } from './http';

const NAMES_MS = 60_000;
const FOUND_MAX = 50;

export interface Person {
  id: string;
  name: string;
}
interface Names {
  items: Person[];
  /** There are others. */
  more: boolean;
}

/** Where one is oneself. */
export const whereIAm = queryOptions({ queryKey: ['presence'], queryFn: ({ signal }) => http.get<Whereabouts>('/presence', signal) });

/** The names of these members, as far as one may see them. */
export const namesOf = (ids: string[]) => http.get<Names>(withQuery('/names', { ids: ids.join(',') }));

/** Those who work at a client and whose name holds a text, the first in order of name. */
export const found = (client: string, q: string) =>
  queryOptions({
    queryKey: ['names', client, q],
    queryFn: ({ signal }) => http.get<Names>(withQuery('/names', { client, q, limit: FOUND_MAX }), signal),
    staleTime: NAMES_MS,
    placeholderData: keepPreviousData,
  });
