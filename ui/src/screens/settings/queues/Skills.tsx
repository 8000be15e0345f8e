import { ActionIcon, Button, Select, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { replaced, without } from './fields';
import css from './queues.module.css';

const LEVELS = ['1', '2', '3', '4', '5'];

/** "motor:3" is the skill "motor" at level 3; without a number it is level 1. */
function parts(skill: string): [name: string, level: string] {
  const found = /^(.*):([1-5])$/s.exec(skill);
  return found ? [found[1] ?? '', found[2] ?? '1'] : [skill, '1'];
}
const joined = (name: string, level: string) => (level === '1' ? name : `${name}:${level}`);

interface Props {
  label: string;
  value: string[];
  error?: string | undefined;
  disabled?: boolean;
  onChange: (next: string[]) => void;
}
/** Skills, each with its level of five. */
export function Skills({ label, value, error, disabled = false, onChange }: Props) {
  return (
    <fieldset className={css.set} disabled={disabled}>
      <legend>{label}</legend>
      {value.map((skill, at) => {
        const [name, level] = parts(skill);
        return (
          <div key={at} className={css.row}>
            <TextInput className={css.grow} aria-label={`Skill ${at + 1}`} value={name} onChange={(event) => onChange(replaced(value, at, joined(event.currentTarget.value, level)))} />
            <Select w={110} aria-label={`Level of skill ${at + 1}`} allowDeselect={false} data={LEVELS.map((one) => ({ value: one, label: `Level ${one}` }))} value={level} onChange={(next) => onChange(replaced(value, at, joined(name, next ?? '1')))} />
            <ActionIcon variant="subtle" aria-label={`Without skill ${name || at + 1}`} onClick={() => onChange(without(value, at))}><IconX size={16} aria-hidden /></ActionIcon>
          </div>
        );
      })}
      {error && <p className={css.error} role="alert">{error}</p>}
      <Button size="compact-xs" variant="default" onClick={() => onChange([...value, ''])}>Add a skill</Button>
    </fieldset>
  );
}
