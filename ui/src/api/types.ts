// The shapes of the HTTP API (/api/v1). Times are milliseconds since the epoch, money is integer minor units.

import type { AskedBefore, Handoff } from './deskTypes';
import type { CaseLinks, Origin } from './mergeTypes';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Fields = Record<string, Json>;

export interface Page<T> {
  items: T[];
  next?: string | null;
}

export type ActorKind = 'agent' | 'member' | 'system' | 'customer';
export interface Actor {
  kind: ActorKind;
  name: string;
  id?: string | null;
  version?: string | null;
}

export interface Member {
  id: string;
  name: string;
  email: string;
  languages: string[];
  skills: string[];
  licences: string[];
  state?: string;
  grants?: Grant[];
}
export interface Grant {
  client: string;
  role: string;
}
export interface Session {
  member: Member;
  grants: Grant[];
}

export interface Ways {
  password: boolean;
  sso: string | null;
  passkey: boolean;
}
export interface IdentityProvider {
  issuer: string;
  client_id: string;
  title: string;
  origin: string;
  scopes: string[];
  groups_claim: string;
  domains: string[];
  also: string[];
  create: boolean;
  only: boolean;
  asks_second_factor: boolean;
  trust_email: boolean;
  inside: boolean;
}
export interface SingleSignOn {
  provider: IdentityProvider | null;
  has_secret: boolean;
  redirect: string | null;
}
export interface GroupRole {
  group: string;
  client: string;
  role: string;
}

export interface Client {
  id: string;
  name: string;
  blueprint: string;
  release: string | null;
  locale: string;
  currency: string;
  time_zone: string;
}

export type CaseState = 'open' | 'waiting_customer' | 'with_person' | 'resolved' | 'closed';
export interface CaseRow {
  client: string;
  id: string;
  number: number;
  subject: string;
  channel: string;
  intent: string | null;
  confidence: number | null;
  state: CaseState;
  actor: Actor;
  customer: { id: string; name: string };
  language: string;
  outcome: string | null;
  opened_ms: number;
  changed_ms: number;
  due_ms: number | null;
  message_count: number;
}
export interface CaseDetail extends CaseRow {
  /** Whether a model is configured that translates for whoever asks. */
  translates: boolean;
  fields: Fields;
  identity: { how?: string; at?: number; at_ms?: number } | null;
  run: string | null;
  work_items: WorkItem[];
  packet?: Packet | null;
  links?: CaseLinks;
  /** What the customer wrote last sounds angry; null where that is not known. */
  upset?: boolean | null;
  /** Who ended it. */
  outcome_by?: 'member' | 'agent' | null;
}

export interface TimelineItem {
  at_ms: number;
  kind: 'message' | 'note' | 'event' | 'task';
  id: string;
  actor: Actor;
  title: string;
  body?: string | null;
  data?: Json;
  /** The case that it is of, where that was merged into the one shown. */
  from?: Origin;
}

export type WorkState = 'waiting' | 'claimed' | 'done' | 'cancelled' | 'expired';
export type WorkKind = 'reply' | 'review' | 'approval' | 'takeover' | 'knowledge_fix';
export interface WorkItem {
  client: string;
  id: string;
  kind: WorkKind;
  queue: string;
  title: string;
  case: string | null;
  case_number: number | null;
  state: WorkState;
  claimed_by: string | null;
  priority: number;
  due_ms: number;
  opened_ms: number;
  /** What was said of its time: it is nearly up, or it is late. */
  clock?: 'warning' | 'breach' | null;
  needs: { licences?: string[]; languages?: string[]; skills?: string[] } | null;
  trigger?: string | null;
  completeness?: number | null;
}
export interface Decision {
  id: string;
  title: string;
  key?: string | null;
  fields?: string[];
  primary?: boolean;
}
export interface FieldSchema {
  type?: string | string[];
  title?: string;
  description?: string;
  format?: string;
  'x-currency'?: string;
  enum?: Json[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  default?: Json;
}
export interface WorkForm {
  decisions: Decision[];
  schema?: { properties?: Record<string, FieldSchema>; required?: string[] } | null;
  values?: Fields | null;
}
export interface WorkItemDetail extends WorkItem {
  form: WorkForm;
  packet: Packet | null;
  handoff: Handoff | null;
  result: Json;
  /** Of an approval: when the same action was asked for in the same case last. */
  before?: AskedBefore;
}

export interface RequiredField {
  name: string;
  weight: number;
  present: boolean;
}
export interface PacketStep {
  at?: number;
  at_ms?: number;
  what: string;
  result?: Json;
}
export interface Packet {
  excuse?: string | null;
  mood?: string | null;
  identity?: { how?: string; at?: number; at_ms?: number } | null;
  intent?: string | null;
  summary?: string | null;
  goal?: string | null;
  fields?: Fields;
  required?: RequiredField[];
  completeness?: number;
  validity?: Json;
  steps?: PacketStep[];
  effects?: { id: string; action: string; state: string; at: number }[];
  articles?: string[];
  trigger?: string | null;
  reason?: string | null;
  recommendation?: Json;
  not_allowed?: Json[];
  messages_count?: number;
}

export interface Answer {
  allowed: boolean;
  needs_approval?: boolean;
  /** Whose yes it wants. */
  role?: string;
  reason?: string | null;
  policies?: PolicyRef[];
}
export interface CaseAction {
  name: string;
  title: string;
  writes: boolean;
  schema: { properties?: Record<string, FieldSchema>; required?: string[] } | null;
}
export type ActionOutcome = { effect: string; result: Json } | { work_item: string };

export type PolicyRef = string | { id: string; reason?: string | null };
export interface Permit {
  policies?: PolicyRef[];
  rules?: Json;
  actor?: Actor | string;
  autonomy?: string | null;
  reason?: string | null;
  approved_by?: string | null;
  confirmed?: boolean;
}
export interface Effect {
  id: string;
  action: string;
  writes: boolean;
  state: 'requested' | 'finished' | 'failed' | 'unknown';
  args: Json;
  result: Json;
  permit: Permit | null;
  idempotency_key: string;
  case: string | null;
  requested_ms: number;
  finished_ms: number | null;
}

export interface QueueRow {
  client: string;
  queue: string;
  title: string;
  waiting: number;
  claimed: number;
  oldest_ms: number | null;
  at_risk: number;
  open: boolean;
  opens_ms: number | null;
  places: number;
  free: number;
  wait_ms: number | null;
}
export type { Floor, FloorActor, FloorClient, Totals } from './floorTypes';

export interface ProcessRow {
  name: string;
  title: string | null;
  version: string;
  digest: string;
  summary: string | null;
}
export interface GraphNode {
  id: string;
  name: string;
  kind: string;
  label?: string | null;
  parent?: string | null;
}
export interface GraphEdge {
  from: string;
  to: string;
  label?: string | null;
}
export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}
export interface Finding {
  file: string;
  line: number;
  column: number;
  rule: string;
  severity: string;
  message: string;
  remedy: string;
}
export interface Linted {
  findings: Finding[];
  graph: Graph | null;
}
export interface ProcessDetail {
  name: string;
  version: string;
  yaml: string;
  graph: Graph;
  findings: Finding[];
}

export type { RunDetail, RunRow, RunWait, TraceEntry } from './runTypes';

export interface LedgerEntry {
  id: string;
  client: string;
  at_ms: number;
  actor: Actor;
  on_behalf_of: string | null;
  kind: string;
  subject: string;
  case: string | null;
  run: string | null;
  data: Json;
  leaf_index: number | null;
}
export interface Checkpoint {
  size: number;
  root: string;
  note: string;
  sealed_ms: number;
}
export interface Sealed {
  checkpoint: Checkpoint | null;
  public_key: string;
}
export interface Verified {
  ok: boolean;
  entries: number;
  unsealed: number;
  checkpoints: number;
  root: string;
  first_bad: { entry: string | null; leaf_index: number; what: string } | null;
}

export interface Stop {
  client: string;
  scope: string;
  target: string;
  reason: string;
  engaged_by?: string;
  engaged_ms?: number;
  progress?: { held: number; waiting: number; told: number; left: number };
}
export interface Drill {
  client: string;
  at_ms: number | null;
  passed: boolean | null;
  longest_ms: number | null;
  overdue: boolean;
  warning: string | null;
}
export interface Keeping {
  class: string;
  days: number | null;
}
export interface Stops extends Page<Stop> {
  drills: Drill[];
}

export interface Live {
  client: string;
  kind: string;
  case: string | null;
  subject: string | null;
  seq: number | null;
}
