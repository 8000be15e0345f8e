// Connected systems as the API shows them.
import type { Fields, Json } from './types';

export interface Use { calls: number; done: number; refused: number; lost: number; unknown: number; mean_ms: number; p50_ms: number; p95_ms: number; last_ms: number }
export interface Drift { action: string; why: string; found_ms: number }

export interface ConnectorRow {
  name: string;
  title: string;
  kind: string;
  place: string;
  owner: string | null;
  actions: number;
  health: string;
  day: Use;
  success_percent: number | null;
  last_used_ms: number | null;
  breaker: { state: string; failures: number };
  drift: Drift[];
  sign_in: { since_ms?: number; until_ms?: number; by?: string; out_since_ms?: number | null; why: string; missing?: boolean } | null;
  missing_setting: string | null;
  client?: string;
  users?: string[];
}

export interface ConnectorAction {
  name: string;
  title: string;
  does: string;
  writes: boolean;
  risk: string;
  idempotent: boolean;
  money: string[];
  compensate: string | null;
  tests: number;
  schema: Fields;
  day: Use | null;
  last_used_ms: number | null;
  users: { actor: string; calls: number; last_ms: number }[];
  drift: Drift | null;
}

export interface Connector extends ConnectorRow { items: ConnectorAction[] }
export interface Inventory { items: ConnectorRow[]; shared: { place: string; clients: string[] }[] }

export interface Suggested {
  name: string;
  operation: string;
  method: string;
  path: string;
  title: string;
  writes: boolean;
  risk: string;
  idempotent: boolean;
  money: string[];
  compensate: string | null;
  notes: string[];
}

/** `auth` of a connector's file. */
export interface Auth {
  kind: string;
  in?: string;
  name?: string;
  prefix?: string;
  setting?: string;
  token_url?: string;
  authorize_url?: string;
  client?: string;
  client_auth?: string;
  scopes?: string[];
  audience?: string;
  resource?: string;
  issuer?: string;
  covers?: string[];
}

export interface ImportReport {
  name: string;
  title: string;
  language: string;
  base_url: string;
  found: number;
  picked: number;
  imported: number;
  refused: { operation: string; reason: string }[];
  callbacks: string[];
  webhooks: string[];
  security: string[];
  auth: Auth | null;
  notes: string[];
  operations: Suggested[];
}

export interface Imported { report: ImportReport; files: Record<string, string> }

/** What came of a call that somebody tried: the answer, or the door's words. */
export interface TriedOut { outcome: string; words: string; result: Json; policies: string[]; effect: string | null }

export interface Tested {
  tests: { action: string; test: string; passed: boolean; why: string }[];
  drift: { action: string; why: string }[];
  not_compared: Json;
}

/** JSON Schema of the arguments of what somebody writes. */
export interface ArgsSchema { properties: Record<string, { type: string }>; required: string[] }

/** A statement on a database, as somebody writes it. */
export interface Statement { name: string; title?: string; sql: string; one: boolean; writes: boolean; args?: ArgsSchema | null }

/** A table of a database, and a statement that reads a row of it. */
export interface OfferedTable { schema: string; name: string; columns: { name: string; kind: string; key: boolean }[]; statement: Statement }

export interface TablesRead { tables: OfferedTable[]; more: boolean }
