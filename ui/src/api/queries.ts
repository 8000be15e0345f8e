// Every read of the console, as query options. The first element of a key is what live events refresh.
import { queryOptions } from '@tanstack/react-query';
import { http, Problem, seg, withQuery, type Query } from './http';
import type * as A from './accessTypes';
import type * as M from './channelTypes';
import type * as C from './connectorTypes';
import type * as K from './knowledgeTypes';
import type * as P from './customerTypes';
import type * as Q from './queueTypes';
import type * as D from './deskTypes';
import type * as G from './rulesTypes';
import type * as I from './passkeyTypes';
import type * as R from './runTypes';
import type * as W from './reasonTypes';
import { one, paged, pages, ROWS_PER_PAGE } from './reads';
import type { Token } from './tokenTypes';
import type * as T from './types';
import { whole } from './whole';

export const session = queryOptions({
  queryKey: ['session'],
  queryFn: async ({ signal }): Promise<T.Session | null> => {
    try {
      return await http.get<T.Session>('/session', signal);
    } catch (error) {
      // Whoever is signed in is not limited by address: where that is too much, nobody is, and may sign in.
      if (error instanceof Problem && (error.status === 401 || error.status === 429)) return null;
      throw error;
    }
  },
  staleTime: 5 * 60 * 1000,
});

export const ways = one<T.Ways>(['ways'], '/session/ways');
export const passkeys = one<T.Page<I.Passkey>>(['passkeys'], '/session/passkeys');
export const passkeysOf = (member: string) => one<T.Page<I.Passkey>>(['passkeys', member], `/members/${seg(member)}/passkeys`);
export const ownSessions = one<T.Page<A.OwnSession>>(['own', 'sessions'], '/sessions');
export const secondFactor = one<A.SecondFactorStanding>(['own', 'second-factor'], '/session/second-factor');
export const publicAddress = one<I.PublicAddress>(['address'], '/public-address');
export const singleSignOn = one<T.SingleSignOn>(['sso', 'provider'], '/sso');
export const groupRoles = one<T.Page<T.GroupRole>>(['sso', 'groups'], '/group-roles');

export const clients = queryOptions({
  queryKey: ['clients'],
  queryFn: ({ signal }) => http.get<T.Page<T.Client>>('/clients', signal).then((page) => page.items),
  staleTime: 60 * 1000,
});

export interface CaseFilter extends Query {
  client?: string;
  state?: string;
  intent?: string;
  actor_kind?: string;
  q?: string;
}
const ACTIVE = 'open,waiting_customer,with_person';
const SEVERAL: Record<string, string> = { active: ACTIVE, with_ai: 'open,waiting_customer' };
// "At risk" moves with the clock; a filter that changed each second would read without end.
const RISK_STEP_MS = 60_000;
function caseQuery({ at_risk, ...filter }: CaseFilter): Query {
  const due = at_risk ? { state: ACTIVE, due_before_ms: Math.floor(Date.now() / RISK_STEP_MS) * RISK_STEP_MS } : {};
  return { ...filter, state: SEVERAL[filter.state ?? ''] ?? filter.state, ...due };
}
export const cases = (filter: CaseFilter) => paged<T.CaseRow>('cases', '/cases', caseQuery(filter));
export const caseOne = (client: string, id: string) => one<T.CaseDetail>(['case', client, id], `/clients/${seg(client)}/cases/${seg(id)}`);
/** Cases that one may be merged into: the same customer's, or those found by number, subject or name. */
export const mergeable = (client: string, customer: string, search: string) =>
  one<T.Page<T.CaseRow>>(['cases', 'mergeable', client, customer, search], withQuery('/cases', { client, state: ACTIVE, limit: ROWS_PER_PAGE, ...(search ? { q: search } : { customer }) }));
export const timeline = (client: string, id: string) =>
  one<T.Page<T.TimelineItem>>(['timeline', client, id], `/clients/${seg(client)}/cases/${seg(id)}/timeline`);
/** Why an agent answered as it did; refreshed with the timeline. */
export const reasons = (client: string, id: string) => one<W.Reasons>(['timeline', client, id, 'reasons'], `/clients/${seg(client)}/cases/${seg(id)}/reasons`);
export const person = (client: string, id: string) => one<P.Person>(['person', client, id], `/clients/${seg(client)}/customers/${seg(id)}`);
export const replyWays = (client: string, id: string) => one<T.Page<P.Way>>(['replyWays', client, id], `/clients/${seg(client)}/cases/${seg(id)}/ways`);
export const caseActions = (client: string, id: string) =>
  one<T.Page<T.CaseAction>>(['actions', client, id], `/clients/${seg(client)}/cases/${seg(id)}/actions`);
export const caseEffects = (client: string, id: string) =>
  one<T.Page<T.Effect>>(['effects', client, id], withQuery(`/clients/${seg(client)}/effects`, { case: id }));

export interface WorkFilter extends Query {
  client?: string;
  queue?: string;
  state?: string;
  mine?: 1;
  kind?: string;
  intent?: string;
  case?: string;
}
export const workItems = (filter: WorkFilter) => paged<T.WorkItem>('work', '/work-items', filter);
export const workItem = (client: string, id: string) =>
  one<T.WorkItemDetail>(['work', 'item', client, id], `/clients/${seg(client)}/work-items/${seg(id)}`);
export const queues = one<T.Page<T.QueueRow>>(['queues'], '/queues');
export const queueStates = (client: string) => one<T.Page<Q.QueueState>>(['queues', client], `/clients/${seg(client)}/queues`);
export const queueSettings = (client: string) => one<Q.SettingsRead>(['blueprint', client, 'queues'], `/clients/${seg(client)}/queue-settings`);
export const takesOn = (client: string, member: string) =>
  one<Q.TakesOn>(['members', 'one', client, member], `/clients/${seg(client)}/members/${seg(member)}/profile`);
export const floor = one<T.Floor>(['floor'], '/floor');
export const macros = (client: string, id: string) =>
  one<{ items: D.Macro[] }>(['macros', client, id], `/clients/${seg(client)}/cases/${seg(id)}/macros`);
export const mineNow = one<T.Page<T.WorkItem>>(['work', 'mine-now'], withQuery('/work-items', { mine: 1, state: 'claimed' }));
/** What is late although somebody has it: for whoever leads. */
export const lateNow = one<T.Page<T.WorkItem>>(['work', 'late-now'], withQuery('/work-items', { late: 1, state: 'claimed' }));
export const offers = one<{ items: D.Offer[] }>(['work', 'offers'], '/offers');
export const views = one<{ items: { screen: string; name: string; filter: Record<string, unknown> }[] }>(['views'], '/views');
export const mentions = one<{ items: D.Mention[] }>(['mentions'], '/mentions');
export const team = one<D.Team>(['floor', 'team'], '/team');
const FIX_PAGES_MAX = 20;
/** All fixes, page by page: the board shows every column whole. */
export const fixes = (filter: { client?: string; intent?: string; state?: string }) =>
  queryOptions({
    queryKey: ['fixes', filter],
    queryFn: async ({ signal }) => {
      const items: D.Fix[] = [];
      let after: number | null = 0;
      for (let page = 0; page < FIX_PAGES_MAX && after !== null; page += 1) {
        const found: { items: D.Fix[]; next: number | null } = await http.get(withQuery('/fixes', { ...filter, after: after || undefined }), signal);
        items.push(...found.items);
        after = found.next;
      }
      return { items };
    },
  });
export const fix = (client: string, id: string) =>
  one<D.Fix & { evidence: D.Evidence[] }>(['fixes', 'one', client, id], `/clients/${seg(client)}/fixes/${seg(id)}`);
export const week = (client: string | undefined) => one<D.Week>(['fixes', 'week', client ?? ''], withQuery('/weekly-review', { client }));

export const processes = (client: string) =>
  one<T.Page<T.ProcessRow>>(['processes', client], `/clients/${seg(client)}/processes`);
export const process = (client: string, name: string) =>
  one<T.ProcessDetail>(['processes', client, name], `/clients/${seg(client)}/processes/${seg(name)}`);
// The files that a definition takes in are those of the client's live release.
export const lint = (client: string, text: string) =>
  queryOptions({ queryKey: ['lint', client, text], queryFn: () => http.post<T.Linted>('/processes/lint', { client, text }), staleTime: Infinity });

export const tables = (client: string) => one<T.Page<G.Grid>>(['rules', 'tables', client], `/clients/${seg(client)}/tables`);
export const policies = (client: string) => one<T.Page<G.Policy>>(['rules', 'policies', client], `/clients/${seg(client)}/policies`);
export const autonomy = (client: string) => one<T.Page<G.LevelSet>>(['rules', 'autonomy', client], `/clients/${seg(client)}/autonomy`);
export const proofs = (client: string) => one<G.Proofs>(['rules', 'proofs', client], `/clients/${seg(client)}/proofs`);

export const blueprint = (client: string) => one<G.Blueprint>(['blueprint', client], `/clients/${seg(client)}/blueprint`);
export const proposals = (client: string) => pages<G.Proposals>(['proposals', client], `/clients/${seg(client)}/proposals`);
export const proposal = (client: string, id: string) => one<G.ProposalDetail>(['proposals', client, id], `/clients/${seg(client)}/proposals/${seg(id)}`);

export interface RunFilter extends Query {
  client?: string;
  process?: string;
  status?: string;
  version?: string;
  waits_on?: string;
  error?: string;
  failed_at?: string;
  correlation?: string;
  case?: string;
  parent?: string;
  q?: string;
  from_ms?: number;
  to_ms?: number;
  dead?: 1;
}
export const runs = (filter: RunFilter) => paged<T.RunRow>('runs', '/runs', filter);
export const runCounts = (client: string | undefined) => one<R.RunCounts>(['runs', 'counts', client ?? ''], withQuery('/runs/counts', { client }));
export const runVersions = (client: string | undefined, process: string | undefined) => ({
  ...one<R.RunVersions>(['runs', 'versions', client ?? '', process ?? ''], withQuery('/runs/versions', { client, process })),
  enabled: process !== undefined,
});
export const deadLetters = (client: string | undefined) => one<R.DeadLetters>(['runs', 'dead', client ?? ''], withQuery('/dead-letters', { client }));
export const schedules = (client: string | undefined) => one<R.Schedules>(['runs', 'schedules', client ?? ''], withQuery('/schedules', { client }));
const ofRun = (client: string, id: string) => `/clients/${seg(client)}/runs/${seg(id)}`;
export const run = (client: string, id: string) => one<T.RunDetail>(['run', client, id], ofRun(client, id));
export const runEffects = (client: string, id: string) =>
  one<T.Page<T.Effect>>(['run', client, id, 'effects'], withQuery(`/clients/${seg(client)}/effects`, { run: id, limit: 200 }));
export const runJournal = (client: string, id: string) => pages<T.Page<R.JournalRow>>(['run', client, id, 'journal'], `${ofRun(client, id)}/journal`);

export interface LedgerFilter extends Query {
  client?: string;
  case?: string;
  actor?: string;
  kind?: string;
  q?: string;
  from_ms?: number;
  to_ms?: number;
}
export const ledger = (filter: LedgerFilter) => paged<T.LedgerEntry>('ledger', '/ledger', filter);
/** What was set up at the client while a case went on. */
export const configuration = (client: string, id: string) =>
  one<T.Page<T.LedgerEntry>>(['ledger', 'configuration', client, id], `/clients/${seg(client)}/cases/${seg(id)}/configuration`);

/** The members of the installation, or of one client: whoever serves single clients sees these only. */
export const members = (client: string | undefined) =>
  queryOptions({ queryKey: ['members', client ?? ''], queryFn: ({ signal }) => whole<T.Member>('/members', { client }, signal) });
export const tokens = (client: string) => one<T.Page<Token>>(['tokens', client], withQuery('/tokens', { client }));
export const stops = one<T.Stops>(['stops'], '/stop-switch');
export const retention = (client: string) => one<T.Page<T.Keeping>>(['retention', client], `/clients/${seg(client)}/retention`);
export const stopPreview = (wanted: { client?: string; scope: string; target?: string }) =>
  one<D.StopEffect>(['stops', 'preview', wanted], withQuery('/stop-switch/preview', wanted));
export const stopTargets = (client: string) => one<D.StopTargets>(['stops', 'targets', client], withQuery('/stop-switch/targets', { client }));

export const channels = (client: string) => one<M.Mailboxes>(['channels', client], `/clients/${seg(client)}/channels`);
export const deliveries = (client: string, state: string) =>
  one<T.Page<M.Owed>>(['deliveries', client, state], `/clients/${seg(client)}/deliveries?state=${state}`);
export const webhooks = (client: string) => one<T.Page<M.Hook>>(['webhooks', client], `/clients/${seg(client)}/webhooks`);
export const hookDeliveries = (client: string, hook: string) =>
  one<T.Page<M.Sending>>(['webhooks', client, hook], `/clients/${seg(client)}/webhooks/${seg(hook)}/deliveries`);
export const connectors = one<C.Inventory>(['connectors'], '/connectors');
export const connector = (client: string, name: string) =>
  one<C.Connector>(['connectors', client, name], `/clients/${seg(client)}/connectors/${seg(name)}`);

export interface GapFilter extends Query {
  client?: string;
  state?: string;
}
export const gaps = (filter: GapFilter) => paged<K.Gap>('gaps', '/knowledge/gaps', filter);
export const articles = (client: string) => one<T.Page<K.ArticleRow>>(['articles', client], `/clients/${seg(client)}/articles`);
/** In a language, or in the client's own. */
export const tryQuestion = (client: string, text: string, internal: boolean, locale?: string) =>
  one<T.Page<K.Found>>(['articles', client, 'try', text, internal, locale ?? ''], withQuery(`/clients/${seg(client)}/knowledge/search`, { q: text, locale, internal: internal ? 1 : undefined }));
