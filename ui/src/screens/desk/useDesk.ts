// What one does on the desk: take, give back, decide.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { http, Problem, seg } from '@/api/http';
import type { Fields, WorkItem } from '@/api/types';
import { tellDone, tellFailure } from '@/lib/tell';

const CONFLICT = 409;
// Someone else may be quicker; so many items are tried before giving up.
const TAKE_TRIES_MAX = 5;

const path = (item: { client: string; id: string }, verb: string) => `/clients/${seg(item.client)}/work-items/${seg(item.id)}/${verb}`;

export interface Completion {
  item: WorkItem;
  decision: string;
  title: string;
  fields: Fields;
  note: string;
}

async function takeFirst(items: WorkItem[]): Promise<WorkItem | null> {
  for (const item of items.slice(0, TAKE_TRIES_MAX)) {
    try {
      await http.post(path(item, 'claim'));
      return item;
    } catch (error) {
      // Taken by someone else, or not for this member's licences: the next one.
      if (!(error instanceof Problem) || (error.status !== CONFLICT && error.status !== 403)) throw error;
    }
  }
  return null;
}

export function useDesk() {
  const queries = useQueryClient();
  const refresh = async (item?: WorkItem) => {
    if (item?.case) {
      void queries.invalidateQueries({ queryKey: ['case', item.client, item.case] });
      void queries.invalidateQueries({ queryKey: ['timeline', item.client, item.case] });
    }
    void queries.invalidateQueries({ queryKey: ['queues'] });
    await queries.invalidateQueries({ queryKey: ['work'] });
  };
  const claim = useMutation({
    mutationFn: (item: WorkItem) => http.post(path(item, 'claim')),
    onError: tellFailure,
    onSettled: (_done, _error, item) => refresh(item),
  });
  const release = useMutation({
    mutationFn: (item: WorkItem) => http.post(path(item, 'release')),
    onError: tellFailure,
    onSettled: (_done, _error, item) => refresh(item),
  });
  const takeNext = useMutation({
    mutationFn: takeFirst,
    onSuccess: (item) => {
      if (!item) tellDone('Nothing to take right now');
    },
    onError: tellFailure,
    onSettled: () => refresh(),
  });
  const complete = useMutation({
    mutationFn: ({ item, decision, fields, note }: Completion) => http.post(path(item, 'complete'), { decision, fields, ...(note.trim() ? { note: note.trim() } : {}) }),
    onSuccess: (_done, { item, title }) => tellDone(`${title}: ${item.title}`),
    onSettled: (_done, _error, { item }) => refresh(item),
  });
  return { claim, release, takeNext, complete };
}
