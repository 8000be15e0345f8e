import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { IconArrowBackUp, IconLanguage } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { http } from '@/api/http';
import { languageName } from '@/lib/format';
import { tellFailure } from '@/lib/tell';
import { MINE, type Translated } from './useTranslations';

interface Props {
  /** Address of the case. */
  base: string;
  /** The customer's language. */
  language: string;
  text: string;
  /** Something else is being written: nothing is shown, and what can be taken back is kept. */
  off: boolean;
  onText: (text: string) => void;
}

/** What is being written, put into the customer's language: as a draft, to be read and sent by the person, and to be taken back. */
export function TranslateDraft({ base, language, text, off, onText }: Props) {
  const [before, setBefore] = useState<{ mine: string; theirs: string }>();
  // What is written on while a model is asked is there again after *Back to what you wrote*; what was sent meanwhile does not come back.
  const now = useRef(text);
  useEffect(() => { now.current = text; }, [text]);
  const ask = useMutation({
    mutationFn: (mine: string) => http.post<Translated>(`${base}/translate`, { text: mine, to: language }),
    onSuccess: (done) => {
      if (!now.current.trim()) return;
      setBefore({ mine: now.current, theirs: done.text });
      onText(done.text);
    },
    onError: tellFailure,
  });
  if (off || language.split('-')[0] === MINE) return null;
  if (before && text === before.theirs) {
    return <Button size="compact-xs" variant="subtle" leftSection={<IconArrowBackUp size={14} aria-hidden />} onClick={() => { onText(before.mine); setBefore(undefined); }}>Back to what you wrote</Button>;
  }
  return (
    <Button size="compact-xs" variant="subtle" disabled={!text.trim()} loading={ask.isPending} leftSection={<IconLanguage size={14} aria-hidden />} onClick={() => ask.mutate(text.trim())}>
      Into {languageName(language)}
    </Button>
  );
}
