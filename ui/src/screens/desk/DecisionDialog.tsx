import { Button, Group, Textarea } from '@mantine/core';
import { useState, type KeyboardEvent, type SyntheticEvent } from 'react';
import type { Decision, Fields, WorkForm } from '@/api/types';
import { currencyOf, isMoney, money } from '@/lib/format';
import { Key } from '@/parts/Bits';
import { Dialog } from '@/parts/Dialog';
import { Wrong } from '@/parts/States';
import { fieldsOf, isRequired, movesMoney, proposed } from './decisions';
import { FormField } from './FormField';
import css from './desk.module.css';

interface Props {
  form: WorkForm;
  decision: Decision;
  currency: string;
  busy: boolean;
  problem: unknown;
  onConfirm: (fields: Fields, note: string) => void;
  onClose: () => void;
}

/** The last look before a decision: its figures, its fields, a note. Enter in a field confirms, with Ctrl in a text of several lines too. */
export function DecisionDialog({ form, decision, currency, busy, problem, onConfirm, onClose }: Props) {
  const [values, setValues] = useState<Fields>(() => proposed(form, decision));
  const [note, setNote] = useState('');
  const own = currencyOf({ ...form.values, ...values }, currency);
  const amount = Object.entries(values).find(([name, value]) => isMoney(name) && typeof value === 'number');
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!busy) onConfirm(values, note);
  };
  const press = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
    // A field of one line would send the form by itself too, and so twice.
    event.preventDefault();
    event.currentTarget.requestSubmit();
  };
  const fields = fieldsOf(form, decision);
  const set = (name: string, value: Fields[string] | undefined) =>
    setValues((before) => Object.fromEntries(Object.entries({ ...before, [name]: value }).filter(([, one]) => one !== undefined)) as Fields);
  const figure = amount ? money(amount[1] as number, own) : null;
  return (
    <Dialog onClose={onClose} title={decision.title} closeButtonProps={{ 'aria-label': 'Cancel' }}>
      <form className={css.form} onSubmit={submit} onKeyDown={press}>
        {movesMoney(decision) && <p className={`${css.amount} num`}>{figure ?? '—'}</p>}
        {fields.map(([name, schema], at) => (
          <FormField key={name} name={name} schema={schema} value={values[name]} required={isRequired(form, name)} currency={own} onChange={(value) => set(name, value)} first={at === 0} />
        ))}
        {/* With nothing to fill in, what is typed by mistake stands in the note and confirms nothing. */}
        <Textarea label="Note for the record" data-autofocus={fields.length === 0 || undefined} value={note} onChange={(event) => setNote(event.currentTarget.value)} autosize minRows={1} maxRows={6} />
        <Wrong error={problem} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={busy} rightSection={fields.length === 0 ? <><Key>ctrl</Key><Key>enter</Key></> : <Key>enter</Key>}>{figure ? `${decision.title}: ${figure}` : decision.title}</Button>
        </Group>
      </form>
    </Dialog>
  );
}
