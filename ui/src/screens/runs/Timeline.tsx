import { useState } from 'react';
import type { RunDetail, TraceEntry } from '@/api/runTypes';
import type { Json } from '@/api/types';
import { span, words } from '@/lib/format';
import { Time } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { DataView } from '@/parts/DataView';
import { Empty } from '@/parts/States';
import { Changes } from './Changes';
import css from './runs.module.css';

interface Props {
  run: RunDetail;
  currency: string;
  onPick: (task: string) => void;
}

/** The path of a run, task by task: when, how long, the how-manieth time, and what it changed in the data. */
export function Timeline({ run, currency, onPick }: Props) {
  if (run.trace.length === 0) return <Empty title="It has not taken a step yet" />;
  return (
    <>
      {run.trace_more && <p className={css.faint}>The newest 1,000 lines.</p>}
      <ol className={css.timeline} aria-label="Tasks in the order in which they ended">
        {run.trace.map((entry) => <Entry key={entry.seq} entry={entry} currency={currency} onPick={onPick} />)}
      </ol>
    </>
  );
}

const TONES: Record<string, 'bad' | 'warn' | 'accent' | 'calm'> = { failed: 'bad', retried: 'warn', started: 'accent' };
const SAID: Record<string, string> = { started: 'Under way' };

function Entry({ entry, currency, onPick }: { entry: TraceEntry; currency: string; onPick: (task: string) => void }) {
  const [open, setOpen] = useState(entry.phase === 'failed');
  const took = entry.at_ms - entry.started_ms;
  const { input, output, error } = entry.detail ?? {};
  return (
    <li className={css.entry} data-phase={entry.phase}>
      <div className={css.entryTop}>
        <button type="button" className={css.link} onClick={() => onPick(entry.task)}>{words(entry.name)}</button>
        {entry.nth > 1 && <span className={css.faint}>{entry.nth}th time</span>}
        {entry.phase !== 'finished' && <Tag tone={TONES[entry.phase]}>{SAID[entry.phase] ?? words(entry.phase)}</Tag>}
        <span className={css.faint}>{entry.kind}{took >= 1000 && `, ${span(took)}`}</span>
        <Time ms={entry.at_ms} />
      </div>
      {entry.changes.length > 0 && <Changes changes={entry.changes} before={input} after={output} />}
      <button type="button" className={css.more} aria-expanded={open} onClick={() => setOpen(!open)}>{open ? 'Hide' : 'Show'} its data</button>
      {open && <div className={css.data}><Part title="Before" value={input} currency={currency} /><Part title="After" value={output} currency={currency} /><Part title="Error" value={error} currency={currency} /></div>}
    </li>
  );
}

function Part({ title, value, currency }: { title: string; value: Json | undefined; currency: string }) {
  if (value === undefined) return null;
  return <div><p className={css.faint}>{title}</p><DataView value={value} currency={currency} /></div>;
}
