// What somebody has begun to write in a case and not sent: kept for this tab, so that it outlives a look at another case, and the page
// being loaded again. Whoever signs out leaves none behind (Rail.tsx).
import { useEffect, useState, type Dispatch, type SetStateAction } from 'react';
import type { Writing } from './Composer';

export type Texts = Record<Writing, string>;
const NOTHING: Texts = { reply: '', note: '', whisper: '' };
const key = (client: string, id: string) => `baton.reply.${client}.${id}`;

function read(client: string, id: string): Texts {
  try {
    return { ...NOTHING, ...(JSON.parse(sessionStorage.getItem(key(client, id)) ?? '{}') as Partial<Texts>) };
  } catch {
    return NOTHING;
  }
}

function keep(client: string, id: string, texts: Texts) {
  try {
    if (Object.values(texts).some(Boolean)) sessionStorage.setItem(key(client, id), JSON.stringify(texts));
    else sessionStorage.removeItem(key(client, id));
  } catch {
    // A browser without room for it keeps it while the case is shown.
  }
}

/** What is left of a text once a part of it was sent: what was written meanwhile. */
const rest = (text: string, sent: string) => (text.startsWith(sent) ? text.slice(sent.length).trimStart() : text);

interface Kept {
  texts: Texts;
  setTexts: Dispatch<SetStateAction<Texts>>;
  /** A text has been sent: it goes, also where its case is not shown any more. */
  sent: (kind: Writing, text: string) => void;
}

/** The texts of a case, each kind by itself: what is meant for colleagues never stands where it goes to the customer. */
export function useTexts(client: string, id: string): Kept {
  const [texts, setTexts] = useState(() => read(client, id));
  useEffect(() => keep(client, id, texts), [client, id, texts]);
  const sent = (kind: Writing, text: string) => {
    const without = (now: Texts) => ({ ...now, [kind]: rest(now[kind], text) });
    keep(client, id, without(read(client, id)));
    setTexts(without);
  };
  return { texts, setTexts, sent };
}
