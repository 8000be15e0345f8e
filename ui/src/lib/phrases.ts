// What the ledger's events say to people. An event without a phrase is said by its kind.
import type { Actor, Fields, Json, Permit } from '@/api/types';
import { words } from './format';
import { prose } from './prose';
import { errorWords, escalatedBy, triggerWords } from './triggers';

type Facts = Fields;
interface Names {
  of: (actor: Actor) => string;
}
type Phrase = (facts: Facts, names: Names) => string;

const objectOf = (value: Json | undefined): Facts => (value && typeof value === 'object' && !Array.isArray(value) ? value : {});
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');
const named = (value: Json | undefined) => words(text(value) || 'something');
const because = (facts: Facts) => (text(facts.reason) ? `: ${prose(text(facts.reason))}` : '');
const actor = (value: Json | undefined, names: Names) =>
  value && typeof value === 'object' && !Array.isArray(value) ? names.of(value as unknown as Actor) : text(value) || 'someone';

function recorded(facts: Facts): string {
  const parts = [
    text(facts.intent) && `intent ${words(text(facts.intent)).toLowerCase()}`,
    Array.isArray(facts.fields) && facts.fields.map((one) => words(text(one)).toLowerCase()).join(', '),
    text(facts.identity) && `identity by ${words(text(facts.identity)).toLowerCase()}`,
    text(facts.outcome) && `outcome ${words(text(facts.outcome)).toLowerCase()}`,
    text(facts.language) && `language ${text(facts.language)}`,
  ].filter(Boolean);
  return `Recorded ${parts.join('; ') || 'what was found'}`;
}

function ruled(facts: Facts): string {
  const outputs = objectOf(facts.outputs);
  const said = text(outputs.reason) || text(outputs.verdict) || text(outputs.route);
  const rules = Array.isArray(facts.rules) ? facts.rules.map(text).join(', ') : '';
  return `Business rule${rules ? ` “${rules}”` : ''}${said ? `: ${prose(said)}` : ' decided'}`;
}

const person = (value: Json | undefined, names: Names) => (text(value) ? names.of({ kind: 'member', name: text(value) }) : 'a colleague');
const why = (facts: Facts) => (text(facts.why) ? `: ${text(facts.why)}` : '');

/** That a process passed the case to people is no fault of it. */
function stopped({ error }: Facts): string {
  const trigger = escalatedBy(error);
  if (trigger) return `Passed on to people: ${triggerWords(trigger)}`;
  const why = errorWords(error);
  return `Process stopped by an error${why ? `: ${prose(why)}` : ''}`;
}

const PHRASES: Record<string, Phrase> = {
  'case.opened': () => 'Case opened',
  'case.assigned': (facts, names) => `Passed to ${actor(facts.to, names)}`,
  'case.recorded': recorded,
  'case.resolved': (facts) => `Resolved${text(facts.outcome) ? `: ${words(text(facts.outcome)).toLowerCase()}` : ''}`,
  'case.closed': () => 'Closed',
  'case.merged': (facts) => `Merged into case ${text(facts.into_number)}${because(facts)}`,
  'case.unmerged': (facts) => `Taken out of case ${text(facts.from_number)} again`,
  'case.joined': (facts) => `Case ${text(facts.case_number)} was merged into this one`,
  'case.parted': (facts) => `Case ${text(facts.case_number)} is one of its own again`,
  'case.split': (facts) => `${Array.isArray(facts.messages) ? facts.messages.length : 0} messages split off to case ${text(facts.into_number)}`,
  'case.listened': (facts, names) => `Listened in on ${objectOf(facts.to).kind === 'member' ? actor(facts.to, names) : 'the AI and its customer'}`,
  'case.overridden': (facts) => `Outcome changed from ${named(facts.from).toLowerCase()} to ${named(facts.to).toLowerCase()}${because({ ...facts, reason: words(text(facts.reason)).toLowerCase() })}`,
  'case.tagged': (facts) => `Tagged: ${named(facts.fix_type).toLowerCase()}`,
  'case.held': (facts) => `Given to people by the stop switch${because(facts)}`,
  'case.unheld': () => 'Back with the AI as it stood: the stop was released',
  'stop.met': (facts) => `${named(facts.agent)} waits at the stop switch`,
  'handoff.told': () => 'The customer was told how long people take',
  'case.fault_noted': (facts) => `The process could not go on: ${text(facts.error)}`,
  'case.goes_on_by': (facts) => (text(facts.channel) === 'email' ? 'Goes on by e-mail' : `Goes on by ${named(facts.channel).toLowerCase()}`),
  'customer.linked': (facts) => `Linked with another customer${because(facts)}`,
  'customer.unlinked': (facts) => `Link with another customer undone${because(facts)}`,
  'customer.address_added': () => 'An address that was verified is the customer’s from now on',
  'message.received': () => 'Message from the customer',
  'message.sent': () => 'Message to the customer',
  'action.requested': (facts) => `Calls ${named(facts.action)}`,
  'action.finished': (facts) => `${named(facts.action)}: done`,
  'action.retried': (facts) => `${named(facts.action)} tried again${because(facts)}`,
  'connector.secret_set': (facts) => `Kept what Baton signs in with at ${text(facts.connector)}: ${text(facts.setting)}`,
  'connector.tried': (facts) => `Tried ${text(facts.action)} of ${text(facts.connector)}`,
  'connector.signed_in': (facts) => `Signed in at ${text(facts.connector)}`,
  'connector.signed_out': (facts) => `Signed out at ${text(facts.connector)}${because(facts)}`,
  'connector.drifted': (facts) => `${named(facts.action)} quarantined: ${text(facts.why)}`,
  'action.settled': (facts) => `${named(facts.action)}: settled`,
  'action.failed': (facts) => `${named(facts.action)} failed${because(facts)}`,
  'action.refused': (facts) => `${named(facts.action)} refused${because(facts)}`,
  'action.unknown': (facts) => `${named(facts.action)}: outcome unknown${because(facts)}`,
  'approval.asked': (facts) => `Approval asked for ${named(facts.action)}${because(facts)}`,
  'approval.refused': (facts) => `Approval refused${because(facts)}`,
  'rule.decided': ruled,
  'consent.given': (facts) => `The customer said yes to ${named(facts.action)}`,
  'handoff.packed': (facts) => (text(facts.trigger) ? `${triggerWords(text(facts.trigger))}: handed over with all that is known` : 'Handed to a person'),
  'work_item.opened': (facts) => `${named(facts.kind)} waits in ${named(facts.queue)}`,
  'work_item.queue_unknown': (facts) => text(facts.reason) || 'Meant for a queue that is not there',
  'work_item.claimed': (facts) => `Claimed the ${named(facts.kind).toLowerCase()}`,
  'work_item.assigned': (facts, names) => `Given to ${person(facts.to, names)}${facts.from ? `, who has it from ${person(facts.from, names)}` : ''}${why(facts)}`,
  'work_item.returned': (facts, names) => `Back in its queue from ${person(facts.from, names)}${why(facts)}`,
  'work_item.moved': (facts) => `Moved to ${named(facts.to_queue)}${why(facts)}`,
  'work_item.due_soon': () => 'Its time is nearly up',
  'work_item.late': () => 'It is late',
  'work_item.offered': () => 'Offered it to a colleague',
  'work_item.offer_declined': () => 'Left it with the colleague who offered it',
  'work_item.offer_withdrawn': () => 'Took the offer back',
  'work_item.transferred': () => 'Took it over from a colleague',
  'note.read': () => 'Read what the supervisor whispered',
  'work_item.released': (facts) => `Gave the ${named(facts.kind).toLowerCase()} back`,
  'work_item.completed': (facts) => (facts.decision ? `Decided: ${text(facts.title) || named(facts.decision)}` : 'Decided by a person'),
  'work_item.cancelled': (facts) => `${named(facts.kind)} withdrawn${text(facts.why) ? `: ${text(facts.why)}` : ''}`,
  'run.started': (facts) => `Process ${named(facts.process).toLowerCase()} started`,
  'run.completed': () => 'Process completed',
  'run.faulted': stopped,
  'run.suspended': (facts) => `Process suspended${because(facts)}`,
  'run.resumed': (facts) => `Process goes on${because(facts)}`,
  'run.retried': (facts) => `Process taken up again where it failed${because(facts)}`,
  'run.cancel_requested': (facts) => `Process to be ended${because(facts)}`,
  'run.cancelled': (facts) => `Process ended by somebody${because(facts)}`,
  'run.migrated': (facts) => `Process moved to another version${because(facts)}`,
  'run.event_sent': (facts) => `Event ${text(facts.type)} put before the process${because(facts)}`,
  'event.received': (facts) => `Event ${text(facts.type)} came in`,
  'event.emitted': (facts) => `Event ${text(facts.type)} given out`,
  'session.opened': (facts) => (facts.by === 'sso' ? 'Signed in by single sign-on' : 'Signed in'),
  'session.ended': () => 'Signed out',
  'session.refused': (facts) => `Sign-in refused${because(facts)}`,
  'release.deployed': (facts) => `Release deployed${text(facts.version) ? `: ${text(facts.version)}` : ''}`,
  'stop.engaged': (facts) => `Stop switch engaged${because(facts)}`,
  'stop.released': () => 'Stop switch released',
  'token.created': (facts) => `Token created${text(facts.name) ? `: ${text(facts.name)}` : ''}`,
  'token.revoked': () => 'Token revoked',
  'member.created': () => 'Member added',
  'member.changed': () => 'Member changed',
  'member.linked': () => 'Linked to the identity provider',
  'member.unlinked': () => 'Link to the identity provider taken away',
  'identity.provider_changed': () => 'Single sign-on set up',
  'identity.provider_removed': () => 'Single sign-on ended',
  'identity.groups_changed': () => 'Roles by group changed',
  'member.deprovisioned': () => 'Taken out by the directory',
  'group.created': (facts) => `Group ${text(facts.name)} made by the directory`,
  'group.renamed': (facts) => `Group ${text(facts.before)} is called ${text(facts.name)}`,
  'group.removed': (facts) => `Group ${text(facts.name)} taken away by the directory`,
  'group.members_changed': (facts) => `Group changed: ${String(facts.added_count ?? 0)} in, ${String(facts.removed_count ?? 0)} out`,
  'role.granted': (facts) => `Role granted: ${named(facts.role)}`,
  'role.revoked': (facts) => `Role revoked: ${named(facts.role)}`,
  'autonomy.set': (facts) => `Autonomy of ${named(facts.action)} set: ${named(facts.level)}`,
};

/** Beginnings of kinds, for filters. */
export const KIND_GROUPS = [
  { value: 'action.', label: 'Actions' }, { value: 'action.requested', label: 'Actions allowed' }, { value: 'action.refused', label: 'Actions refused' },
  { value: 'work_item.', label: 'Work by people' }, { value: 'work_item.completed', label: 'Decisions' }, { value: 'handoff.', label: 'Handoffs' },
  { value: 'approval.', label: 'Approvals' }, { value: 'rule.', label: 'Business rules' }, { value: 'consent.', label: 'Consents' }, { value: 'case.', label: 'Cases' }, { value: 'message.', label: 'Messages' },
  { value: 'run.', label: 'Processes' }, { value: 'stop.', label: 'Stop switch' }, { value: 'session.', label: 'Sign-ins' }, { value: 'release.', label: 'Releases' },
];

export function phrase(kind: string, data: Json | undefined, names: Names): string {
  const say = PHRASES[kind];
  return say ? say(objectOf(data), names) : words(kind);
}

/** The permit an event speaks of, if it does. */
export function permitOf(data: Json | undefined): Permit | null {
  const facts = objectOf(data);
  const within = objectOf(facts.permit);
  if (Array.isArray(within.policies)) return within as Permit;
  return Array.isArray(facts.policies) ? (facts as Permit) : null;
}
export const effectOf = (data: Json | undefined): string | null => {
  const effect = objectOf(data).effect;
  return typeof effect === 'string' ? effect : null;
};
