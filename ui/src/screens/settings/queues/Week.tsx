import { ActionIcon, Button, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import type { Fields } from '@/api/types';
import { listOf, orNone, replaced, withKey, without } from './fields';
import css from './queues.module.css';

const DAYS: [key: string, name: string][] = [['mon', 'Monday'], ['tue', 'Tuesday'], ['wed', 'Wednesday'], ['thu', 'Thursday'], ['fri', 'Friday'], ['sat', 'Saturday'], ['sun', 'Sunday']];
// What a day gets first: a morning, and after a break an afternoon.
const USUAL = ['08:00-12:00', '13:00-17:00'];

interface Props {
  /** Spans by day, such as "08:00-12:00"; a day left out is closed. */
  weekly: Fields;
  /** What is wrong with a day. */
  said?: Record<string, string>;
  disabled?: boolean;
  onChange: (next: Fields) => void;
}
/** Weekly hours, any number of spans a day. */
export function Week({ weekly, said = {}, disabled = false, onChange }: Props) {
  const put = (day: string, spans: string[]) => onChange(withKey(weekly, day, orNone(spans)));
  const asMonday = () => onChange(DAYS.slice(1, 5).reduce((all, [day]) => withKey(all, day, orNone(listOf(weekly, 'mon'))), weekly));
  return (
    <fieldset className={css.set} disabled={disabled}>
      <legend>Week</legend>
      <div className={css.scroll} tabIndex={0} role="region" aria-label="Weekly hours">
        <table className={css.week}>
          <thead><tr><th scope="col">Day</th><th scope="col">Open</th><th scope="col"><span className="vh">More</span></th></tr></thead>
          <tbody>{DAYS.map(([day, name]) => <Day key={day} name={name} spans={listOf(weekly, day)} error={said[day]} onChange={(spans) => put(day, spans)} />)}</tbody>
        </table>
      </div>
      <Button size="compact-xs" variant="default" onClick={asMonday}>Tuesday to Friday as Monday</Button>
      <p className={css.faint}>A span whose end is not after its beginning ends the next day: 22:00 to 06:00 is a night.</p>
    </fieldset>
  );
}

interface DayProps {
  name: string;
  spans: string[];
  error: string | undefined;
  onChange: (spans: string[]) => void;
}
function Day({ name, spans, error, onChange }: DayProps) {
  const drop = (at: number, button: HTMLElement) => {
    // Whoever goes by keyboard stays at this day.
    button.closest('tr')?.querySelector<HTMLElement>('[data-add]')?.focus();
    onChange(without(spans, at));
  };
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        {spans.length === 0 && <span className={css.faint}>Closed</span>}
        <ul className={css.spans}>
          {spans.map((span, at) => {
            const [from = '', ...rest] = span.split('-');
            const to = rest.join('-');
            const label = spans.length > 1 ? `${name}, span ${at + 1}` : name;
            return (
              <li key={at} className={css.span}>
                <TextInput size="xs" w={68} placeholder="08:00" aria-label={`${label}, from`} error={Boolean(error)} value={from} onChange={(event) => onChange(replaced(spans, at, `${event.currentTarget.value}-${to}`))} />
                <span aria-hidden>–</span>
                <TextInput size="xs" w={68} placeholder="17:00" aria-label={`${label}, to`} error={Boolean(error)} value={to} onChange={(event) => onChange(replaced(spans, at, `${from}-${event.currentTarget.value}`))} />
                <ActionIcon size="sm" variant="subtle" aria-label={`Remove ${label}`} onClick={(event) => drop(at, event.currentTarget)}><IconX size={14} aria-hidden /></ActionIcon>
              </li>
            );
          })}
        </ul>
        {error && <p className={css.error} role="alert">{error}</p>}
      </td>
      <td><Button size="compact-xs" variant="default" data-add aria-label={`Add hours on ${name}`} onClick={() => onChange([...spans, USUAL[spans.length] ?? '-'])}>Add</Button></td>
    </tr>
  );
}
