import { useQuery } from '@tanstack/react-query';
import { withQuery } from '@/api/http';
import { one } from '@/api/reads';
import { words } from './format';

const read = (client: string | undefined) => one<{ items: { client: string; id: string }[] }>(['intents', client ?? ''], withQuery('/intents', { client }));

/** What can be picked as an intent: all that the live releases name, and those that are seen, of an older release for one. */
export function useIntents(client: string | undefined, seen: (string | null | undefined)[]) {
  const { data } = useQuery({ ...read(client), retry: false, staleTime: 60_000 });
  const all = new Set([...(data?.items.map((intent) => intent.id) ?? []), ...seen]);
  const known = [...all].filter((id): id is string => Boolean(id));
  return known.map((id) => ({ value: id, label: words(id) })).sort((a, b) => a.label.localeCompare(b.label));
}
