import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Suggested } from '@/api/connectorTypes';
import { Pick } from '@/parts/Bits';
import parts from '@/parts/parts.module.css';
import css from './connectors.module.css';

export interface Own { on?: boolean; name?: string; title?: string; risk?: string; writes?: boolean; idempotent?: boolean; money?: string; undo?: string }
/** What somebody picked, by operation. */
export type Chosen = Record<string, Own>;

const SHOWN_MAX = 100;
/** Names to choose from for what undoes an action, of those that are picked. */
const NAMES = 'connector-import-names';
const RISKS = ['low', 'medium', 'high'].map((value) => ({ value, label: value }));

const writes = (row: Suggested, own?: Own) => own?.writes ?? row.writes;
const named = (row: Suggested, own?: Own) => own?.name ?? row.name;

/** Places of amounts, as somebody has written them or as suggested. */
export const amounts = (row: Suggested, own?: Own) => own?.money?.split(',').map((place) => place.trim()).filter(Boolean) ?? row.money;

/** Operations to pick from, each with what was suggested for it. */
export function Choose({ rows, chosen, onChange }: { rows: Suggested[]; chosen: Chosen; onChange: (next: Chosen) => void }) {
  const [find, setFind] = useState('');
  const wanted = find.trim().toLowerCase();
  const fits = rows.filter((row) => !wanted || `${row.name} ${row.path} ${row.title}`.toLowerCase().includes(wanted));
  const shown = fits.slice(0, SHOWN_MAX);
  const set = (operation: string, own: Own) => onChange({ ...chosen, [operation]: { ...chosen[operation], ...own } });
  const all = () => onChange({ ...chosen, ...Object.fromEntries(fits.map((row) => [row.operation, { ...chosen[row.operation], on: true }])) });
  return (
    <>
      <div className={css.bar}>
        <TextInput aria-label="Find operations" placeholder="Find operations" size="xs" value={find} onChange={(event) => setFind(event.currentTarget.value)} />
        <Button size="xs" variant="default" onClick={all}>Pick all {fits.length}</Button>
        <Button size="xs" variant="default" onClick={() => onChange({})}>Pick none</Button>
      </div>
      <div className={parts.tableWrap} tabIndex={0} role="region" aria-label="Operations">
        <table className={`${parts.table} ${css.table}`}>
          <thead>
            <tr><th scope="col">Pick</th><th scope="col">Operation</th><th scope="col">Title and name</th><th scope="col">Risk</th><th scope="col">Writes</th><th scope="col">Repeatable</th><th scope="col">Amounts</th><th scope="col">Undone by</th></tr>
          </thead>
          <tbody>{shown.map((row) => <Row key={row.operation} row={row} own={chosen[row.operation] ?? {}} onSet={(own) => set(row.operation, own)} />)}</tbody>
        </table>
      </div>
      <datalist id={NAMES}>
        {rows.filter((row) => chosen[row.operation]?.on && writes(row, chosen[row.operation])).map((row) => <option key={row.operation} value={named(row, chosen[row.operation])} />)}
      </datalist>
      {fits.length > SHOWN_MAX && <p className={css.faint}>{fits.length - SHOWN_MAX} more; find them by name or path.</p>}
    </>
  );
}

function Row({ row, own, onSet }: { row: Suggested; own: Own; onSet: (own: Own) => void }) {
  const box = (label: string, on: boolean, set: (on: boolean) => void) => (
    <input type="checkbox" className={css.pick} aria-label={`${label}: ${row.name}`} checked={on} onChange={(event) => set(event.currentTarget.checked)} />
  );
  return (
    <tr>
      <td>{box('Pick', own.on ?? false, (on) => onSet({ on }))}</td>
      <td className={css.wide}>
        <span>{row.title || row.operation}</span>
        <span className={css.faint}> {row.method} {row.path}</span>
        {row.notes.map((note) => <span key={note} className={css.note}> {note}</span>)}
      </td>
      <td className={css.name}>
        <TextInput size="xs" aria-label={`Title of ${row.operation}`} placeholder="For people" value={own.title ?? row.title} onChange={(event) => onSet({ title: event.currentTarget.value })} />
        <TextInput size="xs" aria-label={`Name of ${row.operation}`} value={named(row, own)} onChange={(event) => onSet({ name: event.currentTarget.value })} />
      </td>
      <td><Pick label={`Risk of ${row.name}`} value={own.risk ?? row.risk} options={RISKS} onPick={(risk) => onSet({ risk })} /></td>
      <td>{box('Writes', writes(row, own), (on) => onSet({ writes: on }))}</td>
      <td>{box('Repeatable', own.idempotent ?? row.idempotent, (idempotent) => onSet({ idempotent }))}</td>
      <td><TextInput size="xs" aria-label={`Places of amounts of ${row.name}`} placeholder="/total" value={own.money ?? row.money.join(', ')} onChange={(event) => onSet({ money: event.currentTarget.value })} /></td>
      <td>{writes(row, own) && <TextInput size="xs" list={NAMES} aria-label={`What undoes ${row.operation}`} placeholder="An action" value={own.undo ?? row.compensate ?? ''} onChange={(event) => onSet({ undo: event.currentTarget.value })} />}</td>
    </tr>
  );
}
