import { Button, Checkbox, Select, Textarea, TextInput } from '@mantine/core';
import { useRef, type ReactNode } from 'react';
import { type Arg, argsOf, type Draft, namesOfPath, namesOfStatement, said, withEmpty } from './drafts';
import css from './connectors.module.css';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const SIMPLE = [{ value: 'string', label: 'text' }, { value: 'integer', label: 'whole number' }, { value: 'number', label: 'number' }, { value: 'boolean', label: 'yes or no' }];
const NESTED = [...SIMPLE, { value: 'object', label: 'object' }, { value: 'array', label: 'list' }];
const NAME = '[A-Za-z][A-Za-z0-9_\\-]{0,63}';
const MONO = { input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } };

interface ListProps { what: string; drafts: Draft[]; onChange: (next: Draft[]) => void; children: (draft: Draft, set: (part: Partial<Draft>) => void) => ReactNode }
/** What somebody writes, one after the other. */
function List({ what, drafts, onChange, children }: ListProps) {
  const add = useRef<HTMLButtonElement>(null);
  // With what is taken out its button goes too: whoever uses the keyboard would be nowhere.
  const takeOut = (id: number) => { add.current?.focus(); onChange(drafts.filter((one) => one.id !== id)); };
  return (
    <>
      {drafts.map((draft, at) => {
        const set = (part: Partial<Draft>) => onChange(drafts.map((one) => (one.id === draft.id ? { ...one, ...part } : one)));
        const label = `${what} ${at + 1}`;
        return (
          <fieldset key={draft.id} className={css.draft}>
            <legend>{label}</legend>
            <TextInput label="Its name" description="Of the action" pattern={NAME} value={draft.name} onChange={(event) => set({ name: event.currentTarget.value })} />
            {children(draft, set)}
            <Button size="compact-xs" variant="default" aria-label={`Take out ${label}`} onClick={() => takeOut(draft.id)} style={{ justifySelf: 'start' }}>Take out</Button>
          </fieldset>
        );
      })}
      <Button ref={add} variant="default" onClick={() => onChange(withEmpty(drafts))} style={{ justifySelf: 'start' }}>Add: {what.toLowerCase()}</Button>
    </>
  );
}

interface Props { drafts: Draft[]; onChange: (next: Draft[]) => void }

/** Statements on a database. Those that do not say that they write only read. */
export function Statements({ drafts, onChange }: Props) {
  return (
    <List what="Statement" drafts={drafts} onChange={onChange}>
      {(draft, set) => {
        const args = argsOf(namesOfStatement(draft.text), draft.args);
        return (
          <>
            <Textarea label="Statement" description="One; :names stand for arguments, and are bound as values" dir="ltr" autosize minRows={2} maxRows={12} placeholder="select free from stock where sku = :sku" value={draft.text} onChange={(event) => set({ text: event.currentTarget.value })} styles={MONO} />
            {args.map((arg) => <Typed key={arg.name} arg={arg} types={SIMPLE} onSet={(part) => set({ args: said(draft.args, arg, part) })} />)}
            <Checkbox label="The answer is one row, or nothing" checked={draft.one} onChange={(event) => set({ one: event.currentTarget.checked })} />
            <Checkbox label="It writes" description="Without this it runs where nothing can be changed" checked={draft.writes} onChange={(event) => set({ writes: event.currentTarget.checked })} />
          </>
        );
      }}
    </List>
  );
}

/** Operations of an API that nobody described: places of the path, then the query of a read or the fields of a JSON body. */
export function Operations({ drafts, onChange }: Props) {
  return (
    <List what="Operation" drafts={drafts} onChange={onChange}>
      {(draft, set) => {
        const named = argsOf(namesOfPath(draft.text), draft.args);
        const added = draft.args.filter((arg) => arg.added);
        const others = draft.args.filter((arg) => !arg.added);
        const reads = ['GET', 'HEAD', 'DELETE'].includes(draft.method);
        const other = (at: number, part: Partial<Arg>) => set({ args: [...others, ...added.map((arg, one) => (one === at ? { ...arg, ...part } : arg))] });
        return (
          <>
            <Select label="Method" data={METHODS} value={draft.method} allowDeselect={false} onChange={(method) => method && set({ method })} />
            <TextInput label="Path" description="Below the address of the service; {names} are arguments" dir="ltr" placeholder="/parcels/{id}" value={draft.text} onChange={(event) => set({ text: event.currentTarget.value })} />
            {named.map((arg) => <Typed key={arg.name} arg={arg} types={SIMPLE} fixed onSet={(part) => set({ args: said(draft.args, arg, part) })} />)}
            {added.map((arg, at) => (
              // Its name is being written: the place is what it is known by.
              <div key={`${draft.id}-${at}`} className={css.arg}>
                <TextInput label={reads ? 'In the query' : 'In the body'} value={arg.name} onChange={(event) => other(at, { name: event.currentTarget.value })} />
                <Typed arg={arg} types={NESTED} onSet={(part) => other(at, part)} />
                <Button size="compact-xs" variant="default" aria-label={`Take out argument ${arg.name || at + 1}`} onClick={(event) => { event.currentTarget.closest('fieldset')?.querySelector<HTMLButtonElement>('[data-more]')?.focus(); set({ args: [...others, ...added.filter((_, one) => one !== at)] }); }}>Take out</Button>
              </div>
            ))}
            <Button data-more size="compact-xs" variant="default" onClick={() => set({ args: [...draft.args, { name: '', type: 'string', added: true }] })} style={{ justifySelf: 'start' }}>Add an argument of the {reads ? 'query' : 'body'}</Button>
          </>
        );
      }}
    </List>
  );
}

/** What kind of value an argument is. `fixed`: it has to be there. */
function Typed({ arg, types, fixed, onSet }: { arg: Arg; types: typeof SIMPLE; fixed?: boolean; onSet: (part: Partial<Arg>) => void }) {
  return (
    <div className={css.arg}>
      <Select label={`Type of ${arg.name || 'the argument'}`} data={types} value={arg.type} allowDeselect={false} onChange={(type) => type && onSet({ type })} />
      {!fixed && <Checkbox label={`${arg.name || 'The argument'} may be left out`} checked={arg.optional ?? false} onChange={(event) => onSet({ optional: event.currentTarget.checked })} />}
    </div>
  );
}
