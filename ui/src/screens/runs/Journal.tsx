import { useInfiniteQuery } from '@tanstack/react-query';
import * as q from '@/api/queries';
import type { RunDetail } from '@/api/runTypes';
import type { Fields } from '@/api/types';
import { words } from '@/lib/format';
import { Time } from '@/parts/Bits';
import { Code } from '@/parts/DataView';
import { More } from '@/parts/More';
import { Empty, Show } from '@/parts/States';
import css from './runs.module.css';

/** What the run took in, in order: of this its state is made. */
export function Journal({ run }: { run: RunDetail }) {
  const read = useInfiniteQuery(q.runJournal(run.client, run.id));
  return (
    <Show of={read}>
      {(data) => {
        const rows = data.pages.flatMap((page) => page.items);
        if (rows.length === 0) return <Empty title="It has taken nothing in yet" />;
        return (
          <>
            <ol className={css.timeline} aria-label="What it took in">
              {rows.map((row) => {
                const { event, ...rest } = (row.event ?? {}) as Fields;
                return (
                  <li key={row.seq} className={css.entry}>
                    <div className={css.entryTop}><strong>{row.seq}. {words(String(event ?? 'event'))}</strong><Time ms={row.at_ms} /></div>
                    <details><summary className={css.more}>As it was written down</summary><Code label={`Journal line ${row.seq}`}>{JSON.stringify(rest, null, 2)}</Code></details>
                  </li>
                );
              })}
            </ol>
            <More of={read} />
          </>
        );
      }}
    </Show>
  );
}
