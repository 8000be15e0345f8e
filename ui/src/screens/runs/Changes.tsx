import type { DataChange } from '@/api/runTypes';
import type { Json } from '@/api/types';
import css from './runs.module.css';

const SHOWN_MAX = 12;
const CHARS_MAX = 90;

/** The value at a JSON pointer. */
function at(value: Json | undefined, path: string): Json | undefined {
  let here: Json | undefined = value;
  for (const part of path.split('/').slice(1)) {
    if (here === null || typeof here !== 'object') return undefined;
    here = (here as Record<string, Json>)[part.replace(/~1/g, '/').replace(/~0/g, '~')];
  }
  return here;
}

function short(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > CHARS_MAX ? `${text.slice(0, CHARS_MAX)}…` : text;
}

/** What a task changed, place by place: what was there, and what is there now. */
export function Changes({ changes, before, after }: { changes: DataChange[]; before: Json | undefined; after: Json | undefined }) {
  return (
    <ul className={css.changes} aria-label="What it changed">
      {changes.slice(0, SHOWN_MAX).map((change) => (
        <li key={change.path}>
          <code>{change.path || 'all of it'}</code>
          {change.how !== 'added' && <del>{short(at(before, change.path))}</del>}
          {change.how !== 'removed' && <ins>{short(at(after, change.path))}</ins>}
        </li>
      ))}
      {changes.length > SHOWN_MAX && <li className={css.faint}>and {changes.length - SHOWN_MAX} more</li>}
    </ul>
  );
}
