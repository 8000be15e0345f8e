import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { http, seg } from '@/api/http';
import { tellFailure } from '@/lib/tell';

/** The language that the reader has set in the browser: texts are translated into it. */
export const MINE = (navigator.language || 'en').split('-')[0] ?? 'en';

export interface Translated {
  text: string;
  to: string;
  model: string;
}
export interface Translations {
  /** The translation that is shown in the place of a message; none where the original stands. */
  of: (message: string) => Translated | undefined;
  /** Shows the translation of a message, asking for it once; shows the original again. */
  toggle: (message: string) => void;
  /** The message that a model is asked about now. */
  asking: string | undefined;
}

/** Messages of a case in the reader's language, on request. The original is what is stored, and one key away. */
export function useTranslations(client: string, id: string): Translations {
  const [kept, setKept] = useState<Record<string, { done: Translated; shown: boolean }>>({});
  const ask = useMutation({
    mutationFn: (message: string) => http.post<Translated>(`/clients/${seg(client)}/cases/${seg(id)}/translate`, { message, to: MINE }),
    onSuccess: (done, message) => setKept((now) => ({ ...now, [message]: { done, shown: true } })),
    onError: tellFailure,
  });
  const toggle = (message: string) => {
    const one = kept[message];
    if (one) setKept((now) => ({ ...now, [message]: { ...one, shown: !one.shown } }));
    else if (!ask.isPending) ask.mutate(message);
  };
  const of = (message: string) => (kept[message]?.shown ? kept[message].done : undefined);
  return { of, toggle, asking: ask.isPending ? ask.variables : undefined };
}
