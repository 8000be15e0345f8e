import { CloseButton } from '@mantine/core';
import type { GraphNode, Json, RunDetail } from '@/api/types';
import { words } from '@/lib/format';
import { Time } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { DataView } from '@/parts/DataView';
import css from './process.module.css';

interface Props {
  node: GraphNode;
  run: RunDetail | undefined;
  currency: string;
  onClose: () => void;
}

/** One task: what it is, and what went in and came out of it in this run. */
export function TaskDetail({ node, run, currency, onClose }: Props) {
  const entries = run?.trace.filter((entry) => entry.task === node.id) ?? [];
  return (
    <>
      <div style={{ display: 'flex', alignItems: 'center', gap: 8, marginBottom: 12 }}>
        <h2 style={{ flex: 1, fontSize: '0.9375rem' }}>{words(node.name)}</h2>
        <Tag>{node.kind}</Tag>
        <CloseButton aria-label="Close the task" onClick={onClose} />
      </div>
      {node.label && <p className={css.faint} style={{ marginBottom: 12 }}>{node.label}</p>}
      {!run && <p className={css.faint}>Pick a run to see what went in and came out.</p>}
      {run && entries.length === 0 && <p className={css.faint}>This run has not finished it.</p>}
      {entries.map((entry) => (
        <section key={entry.seq} className={css.sec}>
          <h3>{words(entry.phase)}, <Time ms={entry.at_ms} /></h3>
          <Part title="Input" value={entry.detail?.input} currency={currency} />
          <Part title="Output" value={entry.detail?.output} currency={currency} />
          <Part title="Error" value={entry.detail?.error} currency={currency} />
        </section>
      ))}
    </>
  );
}

function Part({ title, value, currency }: { title: string; value: Json | undefined; currency: string }) {
  if (value === undefined || value === null) return null;
  return <div><p className={css.faint} style={{ marginBottom: 4 }}>{title}</p><DataView value={value} currency={currency} /></div>;
}
