import type { CaseDetail, Session } from '@/api/types';

/** Whether somebody has the case themselves. */
export function isMine(one: CaseDetail, session: Session | null | undefined): boolean {
  const { kind, id, name } = one.actor;
  return kind === 'member' && session !== null && session !== undefined && [id, name].some((known) => known === session.member.id || known === session.member.name);
}

/** Whoever has a case answers its customer, and nobody else. */
export const mayAnswer = (one: CaseDetail, session: Session | null | undefined) => one.state === 'with_person' && isMine(one, session);
