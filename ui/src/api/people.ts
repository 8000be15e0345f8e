// What every open console asks of people: small, whatever many there are.
import { queryOptions } from '@tanstack/react-query';
import type { Team, Whereabouts } from './deskTypes';
import { http } from './http';

const NAMES_MS = 60_000;

/** Where one is oneself. */
export const whereIAm = queryOptions({ queryKey: ['presence'], queryFn: ({ signal }) => http.get<Whereabouts>('/presence', signal) });

/** Who one works with, by name: read seldom, and not with everything that happens. */
export const names = queryOptions({
  queryKey: ['names'],
  queryFn: ({ signal }) => http.get<Team>('/team', signal).then((team) => team.items.map((one) => ({ id: one.member, name: one.name }))),
  staleTime: NAMES_MS,
});
