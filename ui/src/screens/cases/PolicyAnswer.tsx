import { IconCircleCheck, IconHandStop, IconUserCheck } from '@tabler/icons-react';
import type { Answer } from '@/api/types';
import { words } from '@/lib/format';
import { prose } from '@/lib/prose';
import css from './case.module.css';

/** What policy says to a call before it is made. */
export function PolicyAnswer({ answer }: { answer: Answer }) {
  const [Icon, says, tone] = answer.allowed
    ? ([IconCircleCheck, 'Policy allows it', 'var(--bt-good)'] as const)
    : answer.needs_approval
      ? ([IconUserCheck, answer.role ? `It needs an approval: ${words(answer.role).toLowerCase()}` : 'It needs an approval', 'var(--bt-warn)'] as const)
      : ([IconHandStop, 'Policy refuses it', 'var(--bt-bad)'] as const);
  const policies = (answer.policies ?? []).map((one) => (typeof one === 'string' ? one : one.id));
  return (
    <div className={css.why} style={{ background: 'var(--bt-sunken)' }}>
      <h4 style={{ color: tone }}><Icon size={16} aria-hidden /> {says}</h4>
      {answer.reason && <p>{prose(answer.reason)}</p>}
      {policies.length > 0 && <code>{policies.join(', ')}</code>}
    </div>
  );
}
