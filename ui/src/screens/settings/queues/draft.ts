// Settings that are not proposed yet, kept for this tab as edits of the blueprint are; and what a check said of them.
import type { Located, QueueSettings, SettingsRead } from '@/api/queueTypes';
import type { Fields, Json } from '@/api/types';
import { mapOf, replaced, textOf } from './fields';

export interface Draft {
  /** The release whose settings were edited, and they themselves. */
  base: string;
  from: QueueSettings;
  settings: QueueSettings;
}

const key = (client: string) => `baton.queues.${client}`;
export const fresh = (live: SettingsRead): Draft => ({ base: live.release, from: live.settings, settings: live.settings });
export const isChanged = (draft: Draft) => JSON.stringify(draft.from) !== JSON.stringify(draft.settings);

export function readDraft(client: string): Draft | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(key(client)) ?? 'null') as Draft | null) ?? undefined;
  } catch {
    return undefined;
  }
}

export function keepDraft(client: string, draft: Draft) {
  try {
    if (isChanged(draft)) sessionStorage.setItem(key(client), JSON.stringify(draft));
    else sessionStorage.removeItem(key(client));
  } catch {
    // A browser without room keeps it as long as the screen is open.
  }
}

/** The value of a field, as a finding names it by file and pointer. */
function valueAt(settings: QueueSettings, { file, at }: Located): string {
  const words = /^templates\/(.*)\.yaml$/.exec(file)?.[1];
  const root = words === undefined ? { ...settings, words: {} } : settings.words[words];
  const steps = at.split('/').slice(1);
  const value = steps.reduce<Json | undefined>((of, step) => (of !== null && typeof of === 'object' ? (of as Fields)[step] : undefined), root as unknown as Json);
  return JSON.stringify(value) ?? '';
}

/** Findings that still stand after an edit: those of fields that are as they were, while every entry is in its place. */
export function standing(found: Located[], before: QueueSettings, after: QueueSettings): Located[] {
  const moved = before.queues.length !== after.queues.length || before.calendars.length !== after.calendars.length;
  return moved ? [] : found.filter((one) => valueAt(before, one) === valueAt(after, one));
}

/** The names of entries, each once. */
export const names = (all: Fields[]) => [...new Set(all.map((one) => textOf(one, 'name')).filter((name) => name !== ''))];
/** A name that nothing has yet. */
export function unused(all: Fields[], stem: string): string {
  const taken = names(all);
  let name = stem;
  for (let count = 2; taken.includes(name); count += 1) name = `${stem}-${count}`;
  return name;
}

/** The old name of an entry, if that was one of its own and there is another now. */
function wasNamed(all: Fields[], at: number, next: Fields): string | undefined {
  const before = all[at];
  const [old, name] = [before ? textOf(before, 'name') : '', textOf(next, 'name')];
  const own = all.filter((one) => textOf(one, 'name') === old).length === 1;
  return own && old !== name && old !== '' && name !== '' ? old : undefined;
}

/** A queue with other values; where its name is another, those that give work to it follow. */
export function withQueue(settings: QueueSettings, at: number, next: Fields): Partial<QueueSettings> {
  const old = wasNamed(settings.queues, at, next);
  const queues = replaced(settings.queues, at, next);
  if (old === undefined) return { queues };
  const renamed = (one: Fields, key: string) => (mapOf(one, key).to === old ? { ...one, [key]: { ...mapOf(one, key), to: textOf(next, 'name') } } : one);
  const follow = (one: Fields) => renamed(renamed(one, 'overflow'), 'late');
  return { queues: queues.map(follow) };
}

/** Hours with other values; where their name is another, queues and service targets follow. */
export function withCalendar(settings: QueueSettings, at: number, next: Fields): Partial<QueueSettings> {
  const old = wasNamed(settings.calendars, at, next);
  const calendars = replaced(settings.calendars, at, next);
  if (old === undefined) return { calendars };
  const follow = (one: Fields) => (one.calendar === old ? { ...one, calendar: textOf(next, 'name') } : one);
  return { calendars, queues: settings.queues.map(follow), sla: follow(settings.sla) };
}
