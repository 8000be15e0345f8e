// Channels as the API shows them.
export interface Mailbox {
  kind: 'mail';
  name: string;
  address: string;
  imap: string;
  smtp: string;
  folder: string;
  missing_secret: string | null;
  state: string;
  error: string | null;
  changed_ms: number | null;
  received_ms: number | null;
  aside: number;
}
export interface Mailboxes { items: Mailbox[]; waiting: number; failed: number }
export interface Tried { passed: boolean; steps: { what: string; passed: boolean; detail: string }[] }
export interface Owed { message: string; case: string; channel: string; state: string; attempts: number; error: string | null; created_ms: number }
export interface Hook { id: string; name: string; url: string; kinds: string[]; state: string; why: string | null; waiting: number; dead: number; created_ms: number }
export interface Sending { id: string; kind: string; state: string; attempts: number; status: number | null; error: string | null; created_ms: number }
