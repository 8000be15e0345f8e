import type { Session } from '@/api/types';
import { holds } from '@/lib/grants';

const ROLES = ['supervisor', 'human_agent', 'finance_lead'];
/** Who may take cases may merge and split them. */
export const mayMerge = (session: Session | null | undefined, client: string) => holds(session, ROLES, client);
