// The shapes of runs on the wire (/api/v1/runs, /api/v1/clients/{client}/runs/{run}). Times are milliseconds since the epoch.
import type { Graph, Json } from './types';

export type RunStatus = 'running' | 'waiting' | 'suspended' | 'faulted' | 'completed' | 'cancelled';
export interface RunRow {
  client: string;
  id: string;
  process: string;
  digest: string;
  release: string;
  status: RunStatus;
  case: string | null;
  parent: string | null;
  started_ms: number;
  changed_ms: number;
  ended_ms: number | null;
  error: Json;
  /** Absent where the release is not loaded any more. */
  version?: string | null;
  /** Whether new runs start on this definition. */
  live?: boolean;
}
export interface DataChange {
  path: string;
  how: 'added' | 'removed' | 'changed';
}
export interface TraceEntry {
  seq: number;
  task: string;
  name: string;
  kind: string;
  phase: string;
  started_ms: number;
  at_ms: number;
  nth: number;
  changes: DataChange[];
  detail: { input?: Json; output?: Json; error?: Json } | null;
}
export interface RunWait {
  call: string;
  task: string;
  function: string;
  state: string;
  due_ms: number | null;
  since_ms: number | null;
  attempts: number;
  events: string[];
  about: string;
  child: string | null;
}
export interface WaitsFor {
  kind: 'person' | 'customer' | 'system' | 'time' | 'event' | 'process' | 'unknown';
  whom: string;
  work_item: string | null;
  queue: string | null;
  claimed_by: string | null;
  due_ms: number | null;
}
export interface RunOperation {
  kind: string;
  reason: string;
  actor_kind: 'member' | 'agent' | 'system';
  actor: string;
  detail: Json;
  at_ms: number;
}
export interface Owner {
  work_item: string;
  queue: string;
  claimed_by: string | null;
  due_ms: number;
}
export interface RunDetail extends RunRow {
  trace: TraceEntry[];
  trace_more: boolean;
  waits: RunWait[];
  waits_for: WaitsFor[];
  output: Json;
  children: RunRow[];
  operations: RunOperation[];
  inbox: number;
  title: string | null;
  live_version: string | null;
  owner: Owner | null;
  compensating: boolean;
  graph: Graph | null;
}
export interface RunCount {
  client: string;
  process: string;
  status: RunStatus;
  runs: number;
}
export interface RunCounts {
  items: RunCount[];
  since_ms: number;
}
export interface RunVersions {
  items: string[];
}
export interface JournalRow {
  seq: number;
  event: Json;
  at_ms: number;
}
export interface DeadGroup {
  client: string;
  process: string;
  task: string;
  error_type: string;
  example: string;
  status: RunStatus;
  runs: number;
  oldest_ms: number;
  newest: string;
  owned: number;
  queues: string[];
  owners: Owner[];
}
export interface DeadLetters {
  items: DeadGroup[];
  more: boolean;
}
export interface Schedule {
  client: string;
  process: string;
  part: 'every' | 'cron' | 'after' | 'on';
  /** The span, the cron expression, or the types of the events. */
  rule: string;
  release: string;
  paused: boolean;
  reason: string | null;
  /** Null while it waits for events or for the end of the last run, or is paused. */
  due_ms: number | null;
  last_run: string | null;
  last_status: RunStatus | null;
  last_ms: number | null;
  runs: number;
  missed: number;
  /** Events that have come and do not suffice yet. */
  events: number;
  error: string | null;
}
export interface Schedules {
  items: Schedule[];
}
export interface Operated {
  run: string;
  status: RunStatus;
  changed: boolean;
}
export interface BulkDone {
  matched: number;
  more: boolean;
  /** Where the next call goes on; null if all were looked at. */
  next: string | null;
  changed: number;
  unchanged: number;
  refused: { run: string; why: string }[];
  refusals: number;
}
export interface Migrated {
  run: string;
  from: string;
  to: string;
  version: string;
  changed: boolean;
  misfits: Misfit[];
}
export interface Misfit {
  place: string;
  why: string;
  remedy: string;
}
