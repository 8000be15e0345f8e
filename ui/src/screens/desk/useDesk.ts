// What one does on the desk: take, give back, decide.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { http, Problem, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { Fields, Member, WorkItem } from '@/api/types';
import { tellDone, tellFailure } from '@/lib/tell';
import { tellUndo } from '@/parts/undo';

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
  /** A dialog is open that says itself what went wrong, for as long as one stays with the item. */
  asked: boolean;
}

const language = (tag: string) => tag.split('-')[0]?.toLowerCase();

/** Whether a member has the licences of an item and one of its languages; what else it asks for the server knows. */
function suits(item: WorkItem, member: Member | undefined): boolean {
  const { licences = [], languages = [] } = item.needs ?? {};
  const speaks = languages.length === 0 || languages.some((one) => member?.languages.some((own) => language(own) === language(one)));
  return speaks && licences.every((one) => member?.licences.includes(one));
}

async function takeFirst(items: WorkItem[], member: Member | undefined): Promise<WorkItem | null> {
  // What one cannot have does not stand in the way of what one can.
  const own = items.filter((item) => suits(item, member));
  for (const item of (own.length > 0 ? own : items).slice(0, TAKE_TRIES_MAX)) {
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
  const { data: session } = useQuery(q.session);
  const there = useRef(true);
  useEffect(() => {
    there.current = true;
    return () => { there.current = false; };
  }, []);
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
    onSuccess: (_done, item) => tellUndo(`Given back: ${item.title}`, async () => {
      await http.post(path(item, 'claim'));
      await refresh(item);
    }),
    onError: tellFailure,
    onSettled: (_done, _error, item) => refresh(item),
  });
  const takeNext = useMutation({
    mutationFn: (items: WorkItem[]) => takeFirst(items, session?.member),
    onSuccess: (item) => {
      if (!item) tellDone('Nothing to take right now');
    },
    onError: tellFailure,
    onSettled: () => refresh(),
  });
  const complete = useMutation({
    mutationFn: ({ item, decision, fields, note }: Completion) => http.post(path(item, 'complete'), { decision, fields, ...(note.trim() ? { note: note.trim() } : {}) }),
    onSuccess: (_done, { item, title }) => tellDone(`${title}: ${item.title}`),
    // Whoever decides goes on to the next item: that it was not taken is said there too.
    onError: (error, { asked }) => { if (!asked || !there.current) tellFailure(error); },
    onSettled: (_done, _error, { item }) => refresh(item),
  });
  return { claim, release, takeNext, complete };
}
