// What cases hang together with: merged, and split off.
import type { CaseState } from './types';

export interface CaseLink {
  case: string;
  number: number;
  subject: string;
  state: CaseState;
  by: string;
  at_ms: number;
  other_customer?: boolean;
}
/** What a case hangs together with; `kept` says why its merge cannot be undone. */
export interface CaseLinks {
  merged_into: CaseLink | null;
  kept: string | null;
  merged: CaseLink[];
  split_from: CaseLink | null;
  split_into: CaseLink[];
}
export interface Origin {
  case: string;
  number: number;
}
