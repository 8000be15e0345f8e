import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';

const TYPING_MS = 300;

interface Props {
  label: string;
  placeholder: string;
  value: string | undefined;
  onFind: (text: string | undefined) => void;
  /** Pixels. */
  width?: number;
}
/** A text filter that waits until the typing pauses. */
export function Find({ label, placeholder, value, onFind, width = 180 }: Props) {
  const [text, setText] = useState(value ?? '');
  const [seen, setSeen] = useState(value);
  const [said, setSaid] = useState(value);
  const say = useDebouncedCallback((next: string) => {
    const found = next.trim() || undefined;
    setSaid(found);
    onFind(found);
  }, TYPING_MS);
  // The address changed from outside (a link, a saved view): show what it says. What was typed here stays, also the space behind a word.
  if (seen !== value) {
    setSeen(value);
    if (value !== said) {
      setSaid(value);
      setText(value ?? '');
    }
  }
  const change = (next: string) => {
    setText(next);
    say(next);
  };
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      leftSection={<IconSearch size={15} aria-hidden />}
      rightSection={text ? <CloseButton size="sm" aria-label={`Clear: ${label}`} onClick={() => change('')} /> : null}
      value={text}
      onChange={(event) => change(event.currentTarget.value)}
      w={width}
      size="xs"
      styles={{ input: { height: 32, minHeight: 32, fontSize: '0.8125rem' } }}
    />
  );
}
