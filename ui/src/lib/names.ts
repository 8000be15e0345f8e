// Names of people: the server writes member ids, people read names. Those that a screen shows are asked for together, and kept.
import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { namesOf } from '@/api/people';
import * as q from '@/api/queries';
import type { Actor } from '@/api/types';
import { words } from './format';

const MEMBERS_MS = 60_000;

/** Roles that read members. */
export const MEMBER_READERS = ['admin', 'ai_lead', 'supervisor', 'planner', 'auditor'];

/** The members of a client; where none is named, of the installation, or of the first client whose members one may see. */
export function useMembers(at?: string) {
  const { data: session } = useQuery(q.session);
  const grants = session?.grants ?? [];
  const readable = grants.filter((one) => MEMBER_READERS.includes(one.role));
  const client = readable.some((one) => one.client === 'house') ? undefined : (at ?? (readable[0] ?? grants[0])?.client);
  return useQuery({ ...q.members(client), enabled: grants.length > 0, retry: false, staleTime: MEMBERS_MS });
}

// Names that a screen asks for as it is drawn go together.
const GATHER_MS = 20;
const TOGETHER_MAX = 100;
// Somebody may be called otherwise by now.
const AGAIN_MS = 300_000;
// What could not be read, as while the server starts, is asked for again the sooner.
const FAILED_MS = 15_000;

let known: ReadonlyMap<string, string> = new Map();
let reader: string | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
const wanted = new Set<string>();
const asked = new Map<string, number>();
const listeners = new Set<() => void>();

function listen(listener: () => void) {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** Whoever signs in next may see other names. */
function readAs(member: string | undefined) {
  if (member === undefined || member === reader) return;
  reader = member;
  known = new Map();
  asked.clear();
}

async function look() {
  timer = undefined;
  const ids = [...wanted].slice(0, TOGETHER_MAX);
  for (const id of ids) wanted.delete(id);
  if (wanted.size > 0) timer = setTimeout(() => void look(), GATHER_MS);
  const as = reader;
  const answer = await namesOf(ids).catch(() => null);
  if (as !== reader) return;
  if (!answer) {
    for (const id of ids) asked.set(id, Date.now() - AGAIN_MS + FAILED_MS);
    return;
  }
  known = new Map([...known, ...answer.items.map((one): [string, string] => [one.id, one.name])]);
  for (const listener of listeners) listener();
}

/** The name of a member; where it is not known it is asked for, and drawn when it has come. */
function nameOf(id: string): string | undefined {
  const at = asked.get(id);
  if (id.startsWith('mem_') && (at === undefined || Date.now() - at > AGAIN_MS)) {
    asked.set(id, Date.now());
    wanted.add(id);
    timer ??= setTimeout(() => void look(), GATHER_MS);
  }
  return known.get(id);
}

export function useNames() {
  const { data: session } = useQuery(q.session);
  readAs(session?.member.id);
  useSyncExternalStore(listen, () => known);
  const member = (id: string | null | undefined): string => {
    if (!id) return 'a colleague';
    if (id === session?.member.id) return session.member.name;
    return nameOf(id) ?? (id.startsWith('mem_') ? 'A colleague' : id);
  };
  const of = (actor: Actor): string => {
    if (actor.kind === 'member') return member(actor.id ?? actor.name);
    if (actor.kind === 'customer') return actor.name && !actor.name.startsWith('cus_') ? actor.name : 'Customer';
    if (actor.kind === 'agent') return words(actor.name || 'agent');
    return system(actor.name);
  };
  return { of, member };
}

/** "process:claim" → "Process claim", "queue:adjusters" → "Queue adjusters". */
function system(name: string | undefined): string {
  if (!name) return 'System';
  if (name === 'process') return 'The process';
  const [kind, ...rest] = name.split(':');
  return rest.length ? `${words(kind ?? '')} ${words(rest.join(' ')).toLowerCase()}` : words(name);
}
