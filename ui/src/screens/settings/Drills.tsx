import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import type { Drill } from '@/api/types';
import { count } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Time } from '@/parts/Bits';
import css from './settings.module.css';

/** When the switch of each client was last tested, and where that is too long ago. */
export function Drills({ drills }: { drills: Drill[] }) {
  const clients = useClients();
  return (
    <ul>
      {drills.map((drill) => (
        <li key={drill.client} className={css.stop}>
          {drill.warning === null ? <IconCircleCheck size={18} color="var(--bt-good)" aria-hidden /> : <IconAlertTriangle size={18} color="var(--bt-warn)" aria-hidden />}
          <div>
            <strong>{clients.name(drill.client)}</strong>: {drill.at_ms === null ? 'never drilled' : <>drilled <Time ms={drill.at_ms} />, {result(drill)}</>}{drill.overdue && drill.at_ms !== null ? '; the next drill is overdue' : ''}
            {drill.warning !== null && <div className={css.faint}>{drill.warning}</div>}
          </div>
        </li>
      ))}
    </ul>
  );
}

function result(drill: Drill): string {
  if (drill.longest_ms === null) return 'and it did not hold';
  return drill.passed ? `held after ${count(drill.longest_ms)} ms` : `held only after ${count(drill.longest_ms)} ms`;
}
