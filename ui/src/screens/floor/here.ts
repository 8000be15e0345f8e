import type { Colleague, Here } from '@/api/deskTypes';
import type { Tone } from '@/parts/Chips';

export const TONES: Record<Here, Tone> = { available: 'good', busy: 'warn', break: 'member', training: 'member', off: 'calm' };
/** Where somebody is; whoever has never said is off. */
export const stateOf = (one: Colleague): Here => one.presence?.state ?? 'off';
/** Who may press the stop switch. */
export const MAY_STOP = ['admin', 'ai_lead', 'supervisor'];
