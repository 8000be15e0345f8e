// Policies, decision tables and proposals as the API gives them.
import type { Fields, Finding, Json, Page } from './types';

export interface Policy { id: string; file: string; line: number; effect: 'permit' | 'forbid'; reason: string; text: string }
export interface Gap { kind: 'gap' | 'overlap' | 'never' | 'not_analysed'; rules: string[]; example: Record<string, Json>; why: string }
export interface Grid {
  name: string;
  title: string;
  hit: 'unique' | 'first' | 'collect';
  inputs: [name: string, reads: string][];
  outputs: string[];
  description?: string;
  rules: { id: string; note?: string; when: Json[]; then: Json[] }[];
  findings: Gap[];
}

/** What became of a DMN file: tables as files of a blueprint, and what has no equal. */
export interface DmnImport {
  tables: { name: string; file: string; title: string; hit: Grid['hit']; rules: number; text: string }[];
  findings: Finding[];
}

/** A call that policies let through although a property forbids it. */
export interface ProvenCall {
  actor: string;
  roles: string[];
  client: string;
  action: string;
  case_id: string | null;
  args: Json;
  context: Fields;
  policies: string[];
  approval: string | null;
  table: string | null;
}
export interface Proof {
  id: string;
  says: string;
  file: string;
  line: number;
  outcome: 'proven' | 'refuted' | 'undecided' | 'no_solver';
  why: string;
  kinds: number;
  call: ProvenCall | null;
}
export interface Proofs { release: string; required: boolean; items: Proof[] }

/** The files of a live release as they were written. */
export interface Blueprint { release: string; files: Record<string, string> }
/** Findings mean that it does not load; then there are no checks. */
export interface Checked { findings: Finding[]; checks: Check[] }

export interface Check { name: string; passed: boolean; says: string; details: Json }
export interface Proposal {
  id: string;
  kind: 'release' | 'autonomy';
  state: 'open' | 'approved' | 'published' | 'rejected' | 'rolled_back';
  title: string;
  reason: string;
  author: string;
  checks: Check[];
  ready: boolean;
  approvals: number;
  publish_ms: number | null;
  created_ms: number;
  published_ms: number | null;
}
/** What a change of a client needs before it is published: people who approve it, and whether proofs of its policies. */
export interface Needs { approvals: number; proofs: boolean }
export interface Proposals extends Page<Proposal> { needs: Needs }
/** How far AI may go with an action, where it is not as the release says; `*` stands for all. */
export interface LevelSet { intent: string; action: string; level: string; reason: string; set_by: string; set_ms: number }
export interface FileDiff { file: string; what: 'added' | 'removed' | 'changed'; lines: string[] }
export interface ProposalDetail extends Proposal {
  votes: { voter: string; verdict: string; reason: string; at_ms: number }[];
  diff?: FileDiff[];
  autonomy?: { intent: string; action: string; level: string | null };
}
