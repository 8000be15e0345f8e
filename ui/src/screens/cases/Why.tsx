import { IconShieldCheck } from '@tabler/icons-react';
import type { Json, Permit, PolicyRef } from '@/api/types';
import { words } from '@/lib/format';
import { prose } from '@/lib/prose';
import { useNames } from '@/lib/names';
import css from './case.module.css';

const id = (policy: PolicyRef) => (typeof policy === 'string' ? policy : policy.id);
const reason = (policy: PolicyRef) => (typeof policy === 'string' || !policy.reason ? null : prose(policy.reason));
const LEVELS: Record<string, string> = { observe: 'observe only', suggest: 'suggest', act_with_approval: 'act with approval', act: 'act on its own' };

/** Why it was allowed: the permit's policies and rules in words. */
export function Why({ permit }: { permit: Permit }) {
  const names = useNames();
  const policies = permit.policies ?? [];
  const rules = ruleNames(permit.rules);
  return (
    <div className={css.why}>
      <h4><IconShieldCheck size={15} aria-hidden /> Why it was allowed</h4>
      <ul>
        {policies.map((policy) => <li key={id(policy)}>{reason(policy) ?? `Policy “${words(id(policy))}”`} <code>{id(policy)}</code></li>)}
        {policies.length === 0 && <li>{permit.reason ? prose(permit.reason) : 'No policy was named.'}</li>}
        {rules.length > 0 && <li>Business rules: {rules.join(', ')}</li>}
        {permit.autonomy && <li>Autonomy: {LEVELS[permit.autonomy] ?? words(permit.autonomy)}</li>}
        {permit.confirmed === true && <li>The customer confirmed it.</li>}
        {permit.approved_by && <li>Approved by {names.member(permit.approved_by)}</li>}
        {permit.actor && <li>Given to {typeof permit.actor === 'string' ? permit.actor : names.of(permit.actor)}</li>}
      </ul>
    </div>
  );
}

function ruleNames(rules: Json | undefined): string[] {
  if (Array.isArray(rules)) return rules.map((rule) => (typeof rule === 'string' ? rule : JSON.stringify(rule)));
  if (rules && typeof rules === 'object') {
    const table = typeof rules.table === 'string' ? words(rules.table) : '';
    const list = Array.isArray(rules.rules) ? rules.rules.map(String) : [];
    return list.length ? list.map((rule) => [table, rule].filter(Boolean).join(' ')) : table ? [table] : [];
  }
  return typeof rules === 'string' && rules ? [rules] : [];
}
