// Customers across channels, and their files, as the API shows them.
import type { CaseRow } from './types';

/** A file that came or went with a message. */
export interface FileRow {
  id: string;
  message: string;
  name: string;
  media: string;
  bytes: number;
  kept: boolean;
}
export interface Unsent {
  id: string;
  name: string;
  media: string;
  bytes: number;
}
/** How something is known of a customer. */
export type Seen = 'claimed' | 'address' | 'verified';
export interface Likeness {
  customer: { id: string; name: string };
  by: { kind: 'account' | 'email' | 'phone' | 'number'; text: string; here: Seen; there: Seen }[];
  proved: boolean;
}
export interface Person {
  id: string;
  name: string;
  locale: string;
  created_ms: number;
  held: string | null;
  identities: { channel: string; address: string; own: string }[];
  accounts: string[];
  linked: { customer: { id: string; name: string }; reason: string; by: string; at_ms: number }[];
  cases: CaseRow[];
  looks_same: Likeness[];
}
export interface Way {
  channel: string;
  address: string | null;
  seen: Seen | null;
  now: boolean;
}
