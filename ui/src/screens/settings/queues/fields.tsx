// Entries of the files as fields of a form: what is not given is left out, so that an entry holds the keys that it had.
import { TextInput } from '@mantine/core';
import { createContext, useContext, useState } from 'react';
import type { Located } from '@/api/queueTypes';
import type { Fields, Json } from '@/api/types';

export const QUEUES = 'queues.yaml';
export const CALENDARS = 'calendars.yaml';
export const HEAD = 'blueprint.yaml';

export function textOf(of: Fields, key: string): string {
  const value = of[key];
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
export function listOf(of: Fields, key: string): string[] {
  const value = of[key];
  return Array.isArray(value) ? value.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))) : [];
}
export function mapOf(of: Fields, key: string): Fields {
  const value = of[key];
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}
export function entriesOf(of: Fields, key: string): Fields[] {
  const value = of[key];
  return Array.isArray(value) ? value.filter((one): one is Fields => one !== null && typeof one === 'object' && !Array.isArray(one)) : [];
}

/** The entry with a value; without the key where there is none. */
export function withKey(of: Fields, key: string, value: Json | undefined): Fields {
  if (value !== undefined && value !== '') return { ...of, [key]: value };
  return Object.fromEntries(Object.entries(of).filter(([name]) => name !== key));
}
export const orNone = <T extends Json[] | Fields>(value: T): T | undefined => (Object.keys(value).length > 0 ? value : undefined);
export const replaced = <T,>(all: T[], at: number, one: T): T[] => all.map((other, index) => (index === at ? one : other));
export const without = <T,>(all: T[], at: number): T[] => all.filter((_, index) => index !== at);

/** What the last check found. */
export const Findings = createContext<Located[]>([]);

/** What is wrong with a field, or with what it holds; `exact` leaves out what it holds. */
export function useSaid(file: string, at: string, exact = false): string | undefined {
  const found = useContext(Findings).filter((one) => one.file === file && (one.at === at || (!exact && one.at.startsWith(`${at}/`))));
  return found.length > 0 ? found.map((one) => `${one.message}: ${one.remedy}`).join('. ') : undefined;
}

/** What a field shows that keeps something else than its text: what was typed, as long as that is what is kept. "0.0" is on the way to "0.05". */
export function useTyped(kept: string, means: (typed: string) => boolean): [shown: string, type: (text: string) => void] {
  const [typed, type] = useState('');
  return [typed !== '' && means(typed) ? typed : kept, type];
}

interface Props {
  of: Fields;
  name: string;
  label: string;
  description?: string;
  file: string;
  at: string;
  required?: boolean;
  type?: string;
  onChange: (next: Fields) => void;
  /** Another value than the text itself. */
  read?: (text: string) => Json | undefined;
}
/** A text of an entry. */
export function Text({ of, name, label, description, file, at, required, type, onChange, read }: Props) {
  const said = useSaid(file, `${at}/${name}`);
  // What must be there stays as an empty text, which the loader names.
  const put = (text: string) => onChange(required ? { ...of, [name]: text } : withKey(of, name, read ? read(text) : text));
  const [shown, keep] = useTyped(textOf(of, name), (typed) => read !== undefined && read(typed) === of[name]);
  return <TextInput label={label} description={description} required={required ?? false} type={type ?? 'text'} error={said} value={shown} onChange={(event) => { keep(event.currentTarget.value); put(event.currentTarget.value); }} />;
}

/** A number where it is one; a parameter that is not filled in stays text. */
export const numberOr = (text: string): Json | undefined => (/^\d+(\.\d+)?$/.test(text) ? Number(text) : text);

export const DURATION = 'Such as PT30M, PT2H or P1D';
