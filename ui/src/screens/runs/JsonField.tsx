import { Textarea } from '@mantine/core';
import type { Json } from '@/api/types';

/** JSON as typed; undefined while it cannot be read. */
export function read(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function complaint(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : 'This is not JSON';
  }
}

interface Props {
  label: string;
  says: string;
  value: string;
  onChange: (text: string) => void;
}
export function JsonField({ label, says, value, onChange }: Props) {
  return (
    <Textarea
      label={label}
      description={says}
      error={complaint(value)}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autosize
      minRows={4}
      maxRows={14}
      spellCheck={false}
      styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }}
    />
  );
}
