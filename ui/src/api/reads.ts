// The shapes of reads: one thing, and lists page by page.
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { http, withQuery, type Query } from './http';
import type * as T from './types';

export const ROWS_PER_PAGE = 50;

/** A list that is filtered, page by page. */
export function paged<R>(key: string, path: string, filter: Query) {
  return infiniteQueryOptions({
    queryKey: [key, 'list', filter],
    queryFn: ({ pageParam, signal }) =>
      http.get<T.Page<R>>(withQuery(path, { ...filter, after: pageParam, limit: ROWS_PER_PAGE }), signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
    placeholderData: keepPreviousData,
  });
}

/** A list of one thing's, page by page. */
export function pages<P extends T.Page<unknown>>(key: readonly unknown[], path: string) {
  return infiniteQueryOptions({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => http.get<P>(withQuery(path, { after: pageParam, limit: ROWS_PER_PAGE }), signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next ?? null,
  });
}

/** One thing, or a list that is short. */
export function one<R>(key: readonly unknown[], path: string) {
  return queryOptions({ queryKey: key, queryFn: ({ signal }) => http.get<R>(path, signal) });
}
