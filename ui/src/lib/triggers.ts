// Why a case goes to people, in words, and how to tell that from a fault.
import type { Fields, Json } from '@/api/types';
import { words } from './format';

const TRIGGERS: Record<string, string> = {
  low_confidence: 'Not sure enough', customer_asks: 'The customer asks for a person', turn_budget: 'Too many turns', repeat: 'The customer comes back with it',
  sentiment: 'The customer is upset', vulnerable: 'Vulnerable customer', tool_failure: 'A system failed', policy: 'Policy asks for a person', process_fault: 'The process could not go on',
  takeover: 'Taken over by a person', person_takes: 'Taken over by a person', process: 'The process asks for a person', approval: 'It needs an approval', stopped: 'AI is stopped',
  sla: 'Its time is up', reply_failed: 'A reply could not be delivered', agent: 'Passed on by another agent', loop: 'Agents passed it round in a circle',
};
export const triggerWords = (trigger: string) => TRIGGERS[trigger] ?? words(trigger);

const fieldsOf = (value: Json | undefined): Fields => (value && typeof value === 'object' && !Array.isArray(value) ? value : {});

/** The trigger by which a step passed the case to people; null of an error that is one. A process passes a case on by an error that it catches. */
export function escalatedBy(error: Json | undefined): string | null {
  const { type, title } = fieldsOf(error);
  return type === 'urn:baton:error:escalation' ? (typeof title === 'string' && title ? title : 'process') : null;
}

/** What went wrong, in its own few words. */
export function errorWords(error: Json | undefined): string {
  const { title, detail } = fieldsOf(error);
  return [title, detail].find((one): one is string => typeof one === 'string' && one !== '') ?? '';
}
