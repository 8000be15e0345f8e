import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { CaseAction } from '@/api/types';
import { words } from '@/lib/format';
import { Tag } from '@/parts/Chips';
import { Empty, Show } from '@/parts/States';
import { RunAction } from './RunAction';
import css from './case.module.css';

/** Roles that call actions by a button. */
export const MAY_CALL = ['supervisor', 'human_agent', 'finance_lead'];

/** What may be done in the client's systems for this case, by the same door that the AI uses. */
export function CaseActions({ client, id, currency }: { client: string; id: string; currency: string }) {
  const read = useQuery(q.caseActions(client, id));
  const [picked, setPicked] = useState<CaseAction | null>(null);
  return (
    <Show of={read}>
      {(page) => page.items.length === 0 ? <Empty title="No actions for this case" /> : (
        <>
          <ul>
            {[...page.items].sort((a, b) => Number(b.writes) - Number(a.writes)).map((action) => (
              <li key={action.name} className={css.action}>
                <div><strong style={{ fontWeight: 560 }}>{action.title || words(action.name)}</strong></div>
                {action.writes ? <Tag tone="accent">Writes</Tag> : <Tag>Reads</Tag>}
                <Button size="compact-xs" variant="default" onClick={() => setPicked(action)} aria-label={`Open ${action.title || words(action.name)}`}>Open</Button>
              </li>
            ))}
          </ul>
          {picked && <RunAction key={picked.name} client={client} id={id} currency={currency} action={picked} onClose={() => setPicked(null)} />}
        </>
      )}
    </Show>
  );
}
