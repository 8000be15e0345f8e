import type { Session } from '@/api/types';

/** Whether somebody holds one of these roles: at a client, or anywhere if none is named. What is held at the house is held everywhere. */
export function holds(session: Session | null | undefined, roles: readonly string[], client?: string): boolean {
  return Boolean(session?.grants.some((one) => roles.includes(one.role) && (client === undefined || one.client === client || one.client === 'house')));
}
