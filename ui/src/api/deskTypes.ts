// Shapes of people's work: who is there, handoffs, fixes.

import type { Json, WorkState } from './types';

export type Here = 'available' | 'busy' | 'break' | 'training' | 'off';
export interface Colleague {
  member: string;
  name: string;
  skills: string[];
  languages: string[];
  licences: string[];
  profile: { places: number; jurisdictions: string[]; channels: Record<string, number> };
  presence: { state: Here; note: string; since_ms: number; seen_ms: number } | null;
  clients: string[];
  on_shift: boolean | null;
  has: number;
  late: number;
  done_today: number;
  /** On the floor alone: open cases whose customer sounds angry, of those of which it is known. */
  negative?: number;
  heard?: number;
}
/** Where one is oneself. */
export interface Whereabouts {
  presence: Colleague['presence'];
  /** Null where one has no shifts. */
  on_shift: boolean | null;
}
export interface Team {
  at_ms: number;
  items: Colleague[];
  mine: Colleague | null;
}

export interface Handoff {
  completeness: number;
  validity: number;
  gate: boolean;
  excuse: string | null;
  reasked: string[];
  no_reask: number;
  score: number;
  rating: 'good' | 'lacking' | null;
}
export interface HandoffReport {
  client: string;
  intent: string | null;
  release: string | null;
  handoffs: number;
  gate_passed: number;
  excused: number;
  completeness: number;
  validity: number;
  no_reask: number | null;
  score: number;
  good: number;
  lacking: number;
}

export type FixType = 'knowledge' | 'conversation' | 'automation' | 'policy' | 'model' | 'routing';
export type FixState = 'open' | 'doing' | 'testing' | 'released' | 'kept' | 'dropped';
export interface Fix {
  client: string;
  id: string;
  intent: string;
  cause: string;
  fix_type: FixType;
  title: string;
  state: FixState;
  owner: string | null;
  test: string | null;
  release: string | null;
  note: string;
  cases: number;
  since_release: number;
  minutes: number;
  hours_a_month: number;
  created_ms: number;
  last_ms: number | null;
}
export interface Evidence {
  case: string;
  number: number;
  subject: string;
  source: string;
  note: string;
  minutes: number;
  tagged_by: string;
  tagged_ms: number;
}
export interface Untagged {
  client: string;
  case: string;
  number: number;
  subject: string;
  intent: string | null;
  trigger: string;
  suggested: FixType;
  at_ms: number;
}
export interface Week {
  at_ms: number;
  since_ms: number;
  handoffs: HandoffReport[];
  fixes: Fix[];
  untagged: Untagged[];
}

export interface StopEffect {
  cases: number;
  on_the_way: number;
  with_people: number;
  queues: { client: string; queue: string; title: string; cases: number; waiting: number; open: boolean; opens_ms: number | null; wait_ms: number | null }[];
  staff: { people: number; places: number; free: number };
  carried: boolean;
  words: string;
}
export type StopTargets = Record<'agent' | 'intent' | 'action', string[]>;

export interface Offer {
  client: string;
  item: string;
  title: string;
  from: string;
  to: string;
  note: string;
  offered_ms: number;
}
export interface Mention {
  client: string;
  note: string;
  case: string;
  number: number;
  kind: 'note' | 'whisper';
  author: string;
  text: string;
  at_ms: number;
}

export interface Macro {
  id: string;
  title: string;
  action: string | null;
  text: string | null;
  lacking: string | null;
}

/** An earlier request for the same action in the same case. */
export interface AskedBefore {
  id: string;
  opened_ms: number;
  ended_ms: number | null;
  state: WorkState;
  decision: string | null;
  by: string | null;
  args: Json;
  /** When the caller looked at it last, and how many newer ones they have not looked at. */
  seen_ms: number | null;
  unseen: number;
}
