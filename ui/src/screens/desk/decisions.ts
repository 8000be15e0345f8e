import type { Decision, FieldSchema, Fields, WorkForm } from '@/api/types';
import { isMoney } from '@/lib/format';

// Letters the desk itself uses; a decision that asks for one of them goes by its number alone.
const TAKEN = new Set(['j', 'k', 'n', 'r', 'c', 'o', 'g', 't', 'h', 'l', 'm', 'i', 'b', ',', '.', '+', '-', '?', 'z']);

export interface Keyed {
  decision: Decision;
  key: string;
}

/** Each decision with the key shown on it: its letter where free, else its number. */
export function keyed(decisions: Decision[]): Keyed[] {
  const used = new Set<string>();
  return decisions.map((decision, at) => {
    const letter = decision.key?.toLowerCase() ?? '';
    const free = letter.length === 1 && !TAKEN.has(letter) && !used.has(letter);
    const key = free ? letter : String(at + 1);
    used.add(key);
    return { decision, key };
  });
}

export const fieldsOf = (form: WorkForm, decision: Decision): [string, FieldSchema][] =>
  (decision.fields ?? []).map((name) => [name, form.schema?.properties?.[name] ?? {}]);

export const movesMoney = (decision: Decision) => (decision.fields ?? []).some(isMoney);

/** Asks before it is done: when there is something to fill in, or money moves. */
export const needsDialog = (decision: Decision) => (decision.fields ?? []).length > 0;

export function proposed(form: WorkForm, decision: Decision): Fields {
  const values: Fields = {};
  for (const [name, schema] of fieldsOf(form, decision)) {
    const value = form.values?.[name] ?? schema.default;
    if (value !== undefined && value !== null) values[name] = value;
  }
  return values;
}

export const isRequired = (form: WorkForm, name: string) => form.schema?.required?.includes(name) ?? false;
