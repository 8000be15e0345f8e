// Queues and hours as they stand, and what is set of them as the files of a blueprint say it.
import type { Fields, Finding, QueueRow } from './types';

/** Whether a queue is open, until when, and when it opens next: in milliseconds, and by the clock of its place. */
export interface QueueNow {
  open: boolean;
  until_ms: number | null;
  until: string | null;
  opens_ms: number | null;
  opens: string | null;
  time_zone: string | null;
}
export interface QueueState extends QueueRow {
  /** Of the live release; one of an older release only has its counts. */
  live: boolean;
  now?: QueueNow;
}

/** Entries hold the keys that the files have, and no others. */
export interface QueueSettings {
  queues: Fields[];
  calendars: Fields[];
  sla: Fields;
  words: Record<string, Record<string, string>>;
}
export interface SettingsRead {
  release: string;
  settings: QueueSettings;
}

/** A finding with the pointer of its field. */
export interface Located extends Finding {
  at: string;
}
export interface SettingsChecked {
  edits: Record<string, string>;
  lost: Record<string, number>;
  findings: Located[];
  items: { queue: string; title: string; now: QueueNow }[];
}

export interface TakesOn {
  member: string;
  name: string;
  skills: string[];
  languages: string[];
  licences: string[];
  jurisdictions: string[];
  places: number | null;
  channels: Record<string, number>;
  shifts: Fields | null;
}
