// Names of people: the server writes member ids, people read names.
import { useQuery } from '@tanstack/react-query';
import { names as colleagues } from '@/api/people';
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

interface Person {
  id: string;
  name: string;
}

/** Everyone whom one may see: the members, and where those are not shown, whoever one works with. */
export function usePeople(): Person[] {
  const { data: members, isError } = useMembers();
  const { data: team } = useQuery({ ...colleagues, enabled: isError, retry: false });
  return members?.items ?? team ?? [];
}

export function useNames() {
  const { data: session } = useQuery(q.session);
  const people = usePeople();
  const member = (id: string | null | undefined): string => {
    if (!id) return 'a colleague';
    if (id === session?.member.id) return session.member.name;
    const found = people.find((one) => one.id === id);
    return found?.name ?? (id.startsWith('mem_') ? 'A colleague' : id);
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
