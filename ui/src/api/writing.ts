// A customer who writes is told of by an event of its own: nothing has changed, and nothing is read again for it.
import { useEffect, useState } from 'react';
import type { Live } from './types';

const WRITING = 'customer.writing';
// This long after the last word a customer is taken to have stopped.
const WRITING_MS = 7_000;
const listeners = new Set<(live: Live) => void>();

/** Tells what came to whoever waits for it; true where it says of a customer that they write, and nothing else. */
export function heardWriting(live: Live): boolean {
  for (const listener of listeners) listener(live);
  return live.kind === WRITING;
}

/** Whether the customer of a case is writing now, as far as it is told. */
export function useCustomerWriting(client: string, id: string): boolean {
  const [writing, setWriting] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = () => {
      clearTimeout(timer);
      setWriting(false);
    };
    const hear = (live: Live) => {
      if (live.client !== client) return;
      // Whoever has said it writes no more.
      if (live.case === id && live.kind.startsWith('message.')) stop();
      if (live.kind !== WRITING || live.subject !== id) return;
      clearTimeout(timer);
      timer = setTimeout(stop, WRITING_MS);
      setWriting(true);
    };
    listeners.add(hear);
    return () => {
      listeners.delete(hear);
      stop();
    };
  }, [client, id]);
  return writing;
}
