import type { Colleague, Here } from '@/api/deskTypes';
import type { Tone } from '@/parts/Chips';

export const TONES: Record<Here, Tone> = { available: 'good', busy: 'warn', break: 'member', training: 'member', off: 'calm' };
/** What the floor's address asks for: whose name, which state of people, which kind of actor. */
export interface Search {
  q?: string;
  state?: string;
  kind?: string;
}
export interface Asked {
  search: Search;
  set: (next: Partial<Search>) => void;
}
/** Whether a name holds what is looked for. */
export const named = (name: string, q: string | undefined) => !q || name.toLocaleLowerCase().includes(q.toLocaleLowerCase());

/** Where somebody is; whoever has never said is off. */
export const stateOf = (one: Colleague): Here => one.presence?.state ?? 'off';
/** Who may press the stop switch. */
export const MAY_STOP = ['admin', 'ai_lead', 'supervisor'];
