// Lists that are shown, or looked names up in, as a whole.
import { http, withQuery, type Query } from './http';
import type { Page } from './types';

/** Every page of a list, as one. */
export async function whole<R>(path: string, filter: Query, signal: AbortSignal): Promise<Page<R>> {
  const items: R[] = [];
  let after: string | null | undefined;
  do {
    const page: Page<R> = await http.get<Page<R>>(withQuery(path, { ...filter, after }), signal);
    items.push(...page.items);
    after = page.next;
  } while (after);
  return { items };
}
