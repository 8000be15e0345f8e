// Roles that people have; those of machines are tokens' alone.
export const ROLES = ['admin', 'ai_lead', 'supervisor', 'human_agent', 'finance_lead', 'knowledge_manager', 'designer', 'integrator', 'qa_analyst', 'planner', 'client_success', 'auditor'];
export const HOUSE = { value: 'house', label: 'The installation' };
