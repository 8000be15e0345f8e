import { Button, PasswordInput, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { Imported, OfferedTable, TablesRead } from '@/api/connectorTypes';
import { http, seg } from '@/api/http';
import { tellFailure } from '@/lib/tell';
import { Statements } from './Write';
import { type Draft, statementOf, withEmpty, withStatement } from './drafts';
import { Files } from './Made';
import { Found, Inside, Look, Make, Step, useImport } from './Picking';
import css from './connectors.module.css';

const DIALECTS = [
  { value: 'postgresql', label: 'PostgreSQL', address: 'postgres://user:password@host/database' },
  { value: 'mysql', label: 'MySQL or MariaDB', address: 'mysql://user:password@host/database' },
  { value: 'sqlite', label: 'SQLite', address: 'sqlite:PATH' },
];
const KINDS = DIALECTS.map(({ value, label }) => ({ value, label }));

/** An SQL database becomes a connector: each statement that somebody writes, or takes from a table, is an action. */
export function FromDatabase({ client, start }: { client: string; start: ReactNode }) {
  const [name, setName] = useState('');
  const [dialect, setDialect] = useState('postgresql');
  const [address, setAddress] = useState('');
  const [setting, setSetting] = useState('');
  const [inside, setInside] = useState(false);
  const [drafts, setDrafts] = useState<Draft[]>(withEmpty([]));
  const at = `/clients/${seg(client)}/connectors`;
  const it = useImport((operations) => http.post<Imported>(`${at}/import-statements`, { name: name.trim(), dialect, setting: setting.trim() || undefined, statements: drafts.map(statementOf), operations }), { all: true });
  const tables = useMutation({ mutationFn: () => http.post<TablesRead>(`${at}/read-tables`, { dialect, address: address.trim(), inside }), onError: tellFailure });
  const anew = <T,>(set: (next: T) => void) => (next: T) => { it.anew(); set(next); };
  // Which tables there are says one database, and no other.
  const other = <T,>(set: (next: T) => void) => anew((next: T) => { tables.reset(); set(next); });
  // What is kept for something else is not written over from here.
  const own = !setting.trim() || setting.trim().startsWith(`${name.trim()}.`);
  const form = DIALECTS.find((one) => one.value === dialect)?.address;
  return (
    <div className={css.screen}>
      <Step title="1. The database">
        <div className={css.form}>
          {start}
          <TextInput label="Name" description="Of the connector" pattern="[A-Za-z][A-Za-z0-9_\-]{0,63}" value={name} onChange={(event) => anew(setName)(event.currentTarget.value)} />
          <Select label="Kind" data={KINDS} value={dialect} allowDeselect={false} onChange={(next) => next && other(setDialect)(next)} />
          <PasswordInput label="Address" description={`${form}. Goes into the vault, into no file, and is shown to nobody again. Left empty, somebody sets it later. Sign in as somebody who may do no more than is needed`} autoComplete="new-password" value={address} onChange={(event) => other(setAddress)(event.currentTarget.value)} />
          <TextInput label="Kept in the vault as" description="Another credential of this client, if not the connector’s own; the address is then good for reading tables alone" placeholder={`${name.trim() || 'NAME'}.address`} value={setting} onChange={(event) => anew(setSetting)(event.currentTarget.value)} />
          <Inside client={client} on={inside} onChange={other(setInside)} />
          <Button variant="default" onClick={() => tables.mutate()} loading={tables.isPending} disabled={!address.trim() || !client} style={{ justifySelf: 'start' }}>Read its tables</Button>
          {tables.data && <Tables of={tables.data} onTake={(table) => anew(setDrafts)(withStatement(drafts, table.statement))} />}
        </div>
      </Step>
      <Step title="2. Statements">
        <div className={css.form}>
          <Statements drafts={drafts} onChange={anew(setDrafts)} />
          <Look of={it} label="Check them" ready={Boolean(name.trim() && client && drafts.length)} />
        </div>
      </Step>
      <Found of={it} step={3} what="Statements"><Make of={it} /></Found>
      {it.make.data && <Files step={4} client={client} of={it.make.data} secret={own ? address.trim() : ''} onKept={() => setAddress('')} />}
    </div>
  );
}

/** The tables that can be read, and a statement for the one that somebody takes. */
function Tables({ of, onTake }: { of: TablesRead; onTake: (table: OfferedTable) => void }) {
  const [at, setAt] = useState<string | null>(null);
  const table = at === null ? undefined : of.tables[Number(at)];
  const named = of.tables.map((one, place) => ({ value: String(place), label: one.schema ? `${one.schema}.${one.name}` : one.name }));
  if (of.tables.length === 0) return <p className={css.faint}>There is no table that this sign-in may read.</p>;
  return (
    <>
      <Select label="Table" description={of.more ? 'There are more than are listed here; write statements on the others by hand' : `${of.tables.length} that this sign-in may read`} searchable limit={100} placeholder="Choose a table" data={named} value={at} onChange={setAt} />
      {table && <p className={css.faint}>{table.columns.map((column) => `${column.name} ${column.kind}${column.key ? ' (key)' : ''}`).join(', ')}</p>}
      <Button variant="default" disabled={!table} onClick={() => table && onTake(table)} style={{ justifySelf: 'start' }}>Add a statement that reads it</Button>
    </>
  );
}
