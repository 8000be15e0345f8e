import { Button, Group, Modal, Textarea } from '@mantine/core';
import { useState, type SyntheticEvent } from 'react';
import type { Decision, Fields, WorkForm } from '@/api/types';
import { currencyOf, isMoney, money } from '@/lib/format';
import { Key } from '@/parts/Bits';
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

/** The last look before a decision: its figures, its fields, a note. Enter confirms. */
export function DecisionDialog({ form, decision, currency, busy, problem, onConfirm, onClose }: Props) {
  const [values, setValues] = useState<Fields>(() => proposed(form, decision));
  const [note, setNote] = useState('');
  const own = currencyOf({ ...form.values, ...values }, currency);
  const amount = Object.entries(values).find(([name, value]) => isMoney(name) && typeof value === 'number');
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    onConfirm(values, note);
  };
  const set = (name: string, value: Fields[string] | undefined) =>
    setValues((before) => Object.fromEntries(Object.entries({ ...before, [name]: value }).filter(([, one]) => one !== undefined)) as Fields);
  const figure = amount ? money(amount[1] as number, own) : null;
  return (
    <Modal opened onClose={onClose} title={decision.title} closeButtonProps={{ 'aria-label': 'Cancel' }}>
      <form className={css.form} onSubmit={submit}>
        {movesMoney(decision) && <p className={`${css.amount} num`}>{figure ?? '—'}</p>}
        {fieldsOf(form, decision).map(([name, schema], at) => (
          <FormField key={name} name={name} schema={schema} value={values[name]} required={isRequired(form, name)} currency={own} onChange={(value) => set(name, value)} first={at === 0} />
        ))}
        <Textarea label="Note for the record" value={note} onChange={(event) => setNote(event.currentTarget.value)} autosize minRows={1} maxRows={6} />
        <Wrong error={problem} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={busy} rightSection={<Key>enter</Key>}>{figure ? `${decision.title}: ${figure}` : decision.title}</Button>
        </Group>
      </form>
    </Modal>
  );
}
