// The screens of the console, in the order of the rail. A new screen is one line here and one in router.tsx.
import { IconBook2, IconChartBar, IconChecklist, IconFileCode, IconFileText, IconGitPullRequest, IconInbox, IconLayoutGrid, IconPlayerTrackNext, IconPlugConnected, IconRoute, IconScale, IconSettings, IconTool } from '@tabler/icons-react';

import type { Session } from '@/api/types';
import { holds } from '@/lib/grants';

/** Who may see how AI and people serve. */
const PERFORMANCE = ['ai_lead', 'supervisor', 'finance_lead', 'knowledge_manager', 'designer', 'qa_analyst', 'planner', 'client_success', 'auditor'];

export const SCREENS = [
  { to: '/desk', label: 'Desk', key: 'd', icon: IconInbox, says: 'My queue and the case at hand' },
  { to: '/floor', label: 'Floor', key: 'f', icon: IconLayoutGrid, says: 'Everything live, AI and people side by side' },
  { to: '/cases', label: 'Cases', key: 'a', icon: IconFileText, says: 'Find any case' },
  { to: '/processes', label: 'Processes', key: 'p', icon: IconRoute, says: 'How cases move, and the definitions behind it' },
  { to: '/rules', label: 'Rules', key: 'u', icon: IconScale, says: 'What may be done, by whom, and which way' },
  { to: '/blueprint', label: 'Blueprint', key: 'b', icon: IconFileCode, says: 'The files behind it all: edit, check, propose' },
  { to: '/changes', label: 'Changes', key: 'c', icon: IconGitPullRequest, says: 'What is proposed, checked, approved and published' },
  { to: '/runs', label: 'Runs', key: 'r', icon: IconPlayerTrackNext, says: 'What runs, waits and has stopped; operate it' },
  { to: '/fixes', label: 'Fixes', key: 'x', icon: IconTool, says: 'What failed, why, and what removes the cause' },
  { to: '/performance', label: 'Performance', key: 'm', icon: IconChartBar, says: 'How AI and people serve, by intent: KPIs and what failed alike', roles: PERFORMANCE },
  { to: '/connectors', label: 'Connectors', key: 'o', icon: IconPlugConnected, says: 'Connected systems, how they stand, and new ones' },
  { to: '/knowledge', label: 'Knowledge', key: 'k', icon: IconBook2, says: 'Questions without an answer, and the articles' },
  { to: '/ledger', label: 'Ledger', key: 'l', icon: IconChecklist, says: 'Who did what, and why it was allowed' },
  { to: '/settings', label: 'Settings', key: 's', icon: IconSettings, says: 'Members, tokens, sign-in, stop switch' },
] as const;

/** The screens that a member may open. One without roles is open to all. */
export const screensOf = (session: Session | null | undefined) => SCREENS.filter((screen) => !('roles' in screen) || holds(session, screen.roles));
