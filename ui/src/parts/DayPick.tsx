import { useState } from 'react';
import { ownZone, zoneName } from '@/lib/format';
import css from './parts.module.css';

interface Props {
  label: string;
  /** As the address has it: "2026-10-06". */
  value: string | undefined;
  onPick: (day: string | undefined) => void;
}
// A year that is being typed is one of long ago for a moment.
const FIRST_DAY = '2000-01-01';
// Without an end browsers take years of six digits.
const LAST_DAY = '9999-12-31';

/** A filter by day, of the reader's time zone: the browser's own field, which works with every aid. */
export function DayPick({ label, value, onPick }: Props) {
  const [text, setText] = useState(value ?? '');
  const [seen, setSeen] = useState(value);
  // The address changed from outside (a link, a saved view): show what it says.
  if (seen !== value) {
    setSeen(value);
    setText(value ?? '');
  }
  const change = (next: string) => {
    setText(next);
    if (next === '' || next >= FIRST_DAY) onPick(next || undefined);
  };
  return <input type="date" className={css.select} aria-label={label} title={`${label}, by ${zoneName(ownZone)}`} value={text} data-set={value ? 'true' : undefined} min={FIRST_DAY} max={LAST_DAY} onChange={(event) => change(event.target.value)} />;
}
