// The shapes of the floor on the wire (/api/v1/floor). Times are milliseconds since the epoch, money is integer minor units.
import type { HourCost } from '@/lib/cost';
import type { Colleague } from './deskTypes';
import type { ActorKind, QueueRow } from './types';

export interface Totals {
  open: number;
  with_ai: number;
  with_people: number;
  waiting: number;
  at_risk: number;
  resolved_today: number;
  resolved_by_ai: number;
  resolved_by_people: number;
}
export interface FloorClient extends Totals {
  client: string;
  name: string;
  /** Whose day today is, and when it began. */
  time_zone: string;
  day_start_ms: number;
  /** Left out where whoever asks may not see performance. */
  cost?: HourCost;
}
export interface FloorActor {
  /** Left out where whoever asks may not see performance. */
  cost?: HourCost | null;
  /** Of an AI agent. */
  state?: 'working' | 'idle' | 'stopped';
  stop_reason?: string | null;
  kind: ActorKind;
  name: string;
  client: string;
  cases: number;
  waiting: number;
  at_risk: number;
  confidence: number | null;
  negative: number;
  heard: number;
  negative_share: number | null;
}
export interface Floor {
  at_ms: number;
  totals: Totals;
  clients: FloorClient[];
  actors: FloorActor[];
  queues: QueueRow[];
  people: Colleague[];
}
