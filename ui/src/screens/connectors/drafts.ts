// What somebody writes of a system that describes itself to nobody: statements and operations, before they are sent.
import type { ArgsSchema, Statement } from '@/api/connectorTypes';

/** `added`: of the query or the body of an operation, and named by nothing but itself. */
export interface Arg { name: string; type: string; optional?: boolean; added?: boolean }
export interface Draft { id: number; name: string; method: string; text: string; one: boolean; writes: boolean; args: Arg[] }

/** The door fills it. */
const KEY = 'idempotency_key';
/** Texts, quoted names and comments of a statement, and PostgreSQL's casts: a colon there begins no name. */
const QUOTED = /'(?:[^']|'')*'|"[^"]*"|`[^`]*`|--[^\n]*|\/\*[\s\S]*?\*\/|::/g;

const once = (names: string[]) => [...new Set(names)];

/** The `:names` of a statement that somebody has to give. */
export const namesOfStatement = (sql: string) => once([...sql.replace(QUOTED, ' ').matchAll(/:([A-Za-z_]\w*)/g)].map((found) => found[1] ?? '')).filter((name) => name !== KEY);

/** The `{names}` of a path. */
export const namesOfPath = (path: string) => once([...path.matchAll(/\{([^{}]+)\}/g)].map((found) => found[1] ?? ''));

/** The arguments that are named, each as somebody has said it, or as a text. */
export const argsOf = (names: string[], said: Arg[]): Arg[] => names.map((name) => said.find((arg) => arg.name === name && !arg.added) ?? { name, type: 'string' });

/** What was said of the arguments, once something is said of one of them. */
export const said = (args: Arg[], arg: Arg, part: Partial<Arg>): Arg[] => [...args.filter((one) => one.added || one.name !== arg.name), { ...arg, ...part }];

export function schemaOf(args: Arg[]): ArgsSchema | undefined {
  const named = args.filter((arg) => arg.name.trim());
  if (named.length === 0) return undefined;
  return {
    properties: Object.fromEntries(named.map((arg) => [arg.name.trim(), { type: arg.type }])),
    required: named.filter((arg) => !arg.optional).map((arg) => arg.name.trim()),
  };
}

export const statementOf = (draft: Draft): Statement => ({ name: draft.name.trim(), sql: draft.text, one: draft.one, writes: draft.writes, args: schemaOf(argsOf(namesOfStatement(draft.text), draft.args)) });

export function operationOf(draft: Draft) {
  const path = namesOfPath(draft.text);
  const args = [...argsOf(path, draft.args), ...draft.args.filter((arg) => arg.added && !path.includes(arg.name.trim()))];
  return { name: draft.name.trim(), method: draft.method, path: draft.text.trim(), args: schemaOf(args) };
}

const fresh = (drafts: Draft[]) => Math.max(0, ...drafts.map((draft) => draft.id)) + 1;

/** One more, as yet unwritten. */
export const withEmpty = (drafts: Draft[]): Draft[] => [...drafts, { id: fresh(drafts), name: '', method: 'GET', text: '', one: false, writes: false, args: [] }];

/** One more, as suggested. What nobody has begun to write gives way to it. */
export function withStatement(drafts: Draft[], of: Statement): Draft[] {
  const args = Object.entries(of.args?.properties ?? {}).map(([name, { type }]) => ({ name, type, optional: !of.args?.required.includes(name) }));
  const begun = drafts.filter((draft) => draft.name.trim() || draft.text.trim());
  return [...begun, { id: fresh(drafts), name: of.name, method: 'GET', text: of.sql, one: of.one, writes: of.writes, args }];
}
