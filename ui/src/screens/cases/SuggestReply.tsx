import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconArrowBackUp, IconSparkles } from '@tabler/icons-react';
import { useState } from 'react';
import { http } from '@/api/http';
import type { Citation } from '@/api/knowledgeTypes';
import { useKeys } from '@/lib/keys';
import { tellDone, tellFailure } from '@/lib/tell';
import { Key } from '@/parts/Bits';

interface Suggestion {
  text: string | null;
  sources: Citation[];
  model: string | null;
  why: string | null;
}
interface Props {
  /** Address of the case. */
  base: string;
  text: string;
  /** Something else is being written: nothing is shown, and what can be taken back is kept. */
  off: boolean;
  onText: (text: string) => void;
}

/** A reply drafted from the articles, by a model where there is one: put into the reply, to be read, changed and sent by the person, and taken back. */
export function SuggestReply({ base, text, off, onText }: Props) {
  const [made, setMade] = useState<{ before: string; draft: Suggestion & { text: string } }>();
  const ask = useMutation({
    mutationFn: () => http.post<Suggestion>(`${base}/suggestion`),
    onSuccess: (draft) => {
      if (draft.text === null) {
        tellDone(draft.why ?? 'There is nothing to suggest');
        return;
      }
      // What stands there by now is what comes back.
      setMade({ before: text, draft: { ...draft, text: draft.text } });
      onText(draft.text);
    },
    onError: tellFailure,
  });
  useKeys(off ? {} : { ',': () => { if (!ask.isPending) ask.mutate(); } });
  if (off) return null;
  const shown = made && text === made.draft.text;
  return (
    <>
      {shown ? (
        <Button size="compact-xs" variant="subtle" leftSection={<IconArrowBackUp size={14} aria-hidden />} onClick={() => { onText(made.before); setMade(undefined); }}>Take the draft back</Button>
      ) : (
        <Button size="compact-xs" variant="subtle" loading={ask.isPending} leftSection={<IconSparkles size={14} aria-hidden />} rightSection={<Key>,</Key>} onClick={() => ask.mutate()}>Suggest</Button>
      )}
      <span role="status">{shown ? says(made.draft) : ''}</span>
    </>
  );
}

/** Who wrote it, and what it stands on. */
function says(draft: Suggestion): string {
  const from = draft.sources.map((one) => one.heading).join(', ');
  if (draft.model) return `Drafted by ${draft.model}${from ? ` from: ${from}` : ', from no article'}. Read it before you send it.`;
  return `From the article: ${from}. Read it before you send it.`;
}
