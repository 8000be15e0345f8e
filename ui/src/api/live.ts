// Live: the server tells what changed, and the queries that show it are read again.
import type { QueryClient } from '@tanstack/react-query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import type { Live } from './types';
import { heardWriting } from './writing';

// The first event is shown at once; those after it are gathered.
const FIRST_MS = 20;
const GATHER_MS = 250;
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 20_000;
// Lists change with nearly every event; under load they are read at most this often.
const LISTS_MS_MIN = 1_500;

const LISTS = ['cases', 'work', 'queues', 'floor', 'runs', 'ledger', 'person'] as const;
// What else is read again when something of these beginnings happens.
const ALSO: [string, string[]][] = [
  ['note.', ['mentions']],
  ['presence.', ['presence']],
  ['change.', ['proposals']],
  ['autonomy.', ['rules']],
  ['release.', ['processes', 'proposals', 'rules', 'macros']],
  ['knowledge.', ['gaps']],
  ['connector.', ['connectors']],
  ['message.', ['deliveries']],
  ['token.', ['tokens']],
];
const OF_ONE_CASE = ['case', 'timeline', 'replyWays', 'effects', 'actions', 'macros'] as const;
// What moves the figures of a stop, and what names people: both come in floods when a stop is pressed.
const OF_STOPS = /^(stop\.|case\.(un)?held|handoff\.told)/;

let connected = false;
const listeners = new Set<() => void>();
function setConnected(value: boolean) {
  connected = value;
  for (const listener of listeners) listener();
}

export function useConnected(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => connected,
  );
}

function refreshCase(client: QueryClient, live: Live) {
  // Its runs too: what happens to a case happens in one of them.
  for (const key of OF_ONE_CASE) void client.invalidateQueries({ queryKey: [key, live.client, live.case] });
  void client.invalidateQueries({ queryKey: ['run', live.client] });
}

/** A run without a case is told of by its own id. */
function refreshRun(client: QueryClient, live: Live) {
  void client.invalidateQueries({ queryKey: ['run', live.client, live.subject] });
}

/** Gathers events for a moment, then refreshes each query once. */
export function gatherer(client: QueryClient) {
  const waiting = new Map<string, Live>();
  const runs = new Map<string, Live>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let listsTimer: ReturnType<typeof setTimeout> | undefined;
  let listsAt = 0;
  let flushedAt = 0;
  let work = false;
  const also = new Set<string>();
  const lists = () => {
    listsTimer = undefined;
    listsAt = Date.now();
    for (const key of [...LISTS, ...also]) void client.invalidateQueries({ queryKey: [key] });
    also.clear();
  };
  const flush = () => {
    timer = undefined;
    flushedAt = Date.now();
    // Whose work it is now is waited for: it is read again with every flush, and not with the lists.
    if (work) void client.invalidateQueries({ queryKey: ['work'] });
    work = false;
    for (const live of waiting.values()) refreshCase(client, live);
    for (const live of runs.values()) refreshRun(client, live);
    waiting.clear();
    runs.clear();
    listsTimer ??= setTimeout(lists, Math.max(0, listsAt + LISTS_MS_MIN - Date.now()));
  };
  return {
    take(live: Live) {
      if (live.kind.startsWith('run.')) runs.set(`${live.client}/${live.subject}`, live);
      if (live.case) waiting.set(`${live.client}/${live.case}`, live);
      for (const [begins, keys] of ALSO) if (live.kind.startsWith(begins)) for (const key of keys) also.add(key);
      if (OF_STOPS.test(live.kind)) also.add('stops');
      if (live.kind.startsWith('fix.') || live.kind === 'case.tagged') void client.invalidateQueries({ queryKey: ['fixes'] });
      if (live.kind.startsWith('work_item.')) work = true;
      timer ??= setTimeout(flush, Math.max(FIRST_MS, flushedAt + GATHER_MS - Date.now()));
    },
    stop() {
      clearTimeout(timer);
      clearTimeout(listsTimer);
    },
  };
}

export function useLive(on: boolean) {
  const client = useQueryClient();
  useEffect(() => {
    if (!on) return;
    const gather = gatherer(client);
    let source: EventSource | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let wait = RETRY_MS_MIN;
    let lost = false;
    const open = () => {
      source = new EventSource('/api/v1/events');
      source.addEventListener('open', () => {
        wait = RETRY_MS_MIN;
        setConnected(true);
        // What happened while the line was down is unknown: read everything shown again.
        if (lost) void client.invalidateQueries();
        lost = false;
      });
      source.addEventListener('live', (event: MessageEvent<string>) => {
        const live = JSON.parse(event.data) as Live;
        if (!heardWriting(live)) gather.take(live);
      });
      // The server left some out: it could not keep up with this connection.
      source.addEventListener('lagged', () => void client.invalidateQueries());
      source.addEventListener('error', () => {
        setConnected(false);
        lost = true;
        source?.close();
        retry = setTimeout(open, wait);
        wait = Math.min(wait * 2, RETRY_MS_MAX);
      });
    };
    // A line that was cut without a word is not waited for: the browser knows when there is one again.
    const again = () => {
      clearTimeout(retry);
      source?.close();
      lost = true;
      wait = RETRY_MS_MIN;
      open();
    };
    const gone = () => setConnected(false);
    window.addEventListener('online', again);
    window.addEventListener('offline', gone);
    open();
    return () => {
      window.removeEventListener('online', again);
      window.removeEventListener('offline', gone);
      gather.stop();
      clearTimeout(retry);
      source?.close();
      setConnected(false);
    };
  }, [client, on]);
}
