import { IconMessageCircle, IconSettingsAutomation, IconSparkles, IconUser } from '@tabler/icons-react';
import type { Actor, ActorKind, CaseState, WorkKind } from '@/api/types';
import { words } from '@/lib/format';
import { useNames } from '@/lib/names';
import css from './parts.module.css';

const ICONS = { agent: IconSparkles, member: IconUser, system: IconSettingsAutomation, customer: IconMessageCircle };
export const KINDS: Record<ActorKind, string> = { agent: 'AI', member: 'Person', system: 'System', customer: 'Customer' };

/** Who acts. AI, people and systems look alike in form and differ in colour, icon and word. */
export function ActorChip({ actor }: { actor: Actor }) {
  const Icon = ICONS[actor.kind] ?? IconSettingsAutomation;
  const name = useNames().of(actor);
  return (
    <span className={`${css.chip} ${css[actor.kind] ?? css.system}`} title={`${KINDS[actor.kind] ?? ''} ${actor.name ?? actor.id ?? ''}${actor.version ? `, version ${actor.version}` : ''}`}>
      <Icon size={13} stroke={2} aria-hidden />
      <span className="vh">{KINDS[actor.kind]}: </span>
      <span>{name}</span>
    </span>
  );
}

export type Tone = 'bad' | 'warn' | 'good' | 'calm' | 'accent' | 'agent' | 'member';
export function Tag({ tone = 'calm', children }: { tone?: Tone; children: string }) {
  return <span className={`${css.chip} ${css.tag} ${css[tone]}`}><span>{children}</span></span>;
}

export const CASE_STATES: Record<CaseState, { label: string; tone: Tone }> = {
  open: { label: 'In progress', tone: 'agent' },
  waiting_customer: { label: 'Waiting for customer', tone: 'calm' },
  with_person: { label: 'With a person', tone: 'member' },
  resolved: { label: 'Resolved', tone: 'good' },
  closed: { label: 'Closed', tone: 'calm' },
};
export function CaseStateTag({ state }: { state: CaseState }) {
  const known = CASE_STATES[state];
  return <Tag tone={known?.tone}>{known?.label ?? words(state)}</Tag>;
}

export const WORK_KINDS: Record<WorkKind, string> = { reply: 'Reply', review: 'Review', approval: 'Approval', takeover: 'Takeover', knowledge_fix: 'Knowledge fix' };

const RUN_TONES: Record<string, Tone> = { completed: 'good', faulted: 'bad', cancelled: 'warn', running: 'accent', waiting: 'calm', suspended: 'warn' };
export const RunStatusTag = ({ status }: { status: string }) => <Tag tone={RUN_TONES[status]}>{words(status)}</Tag>;
