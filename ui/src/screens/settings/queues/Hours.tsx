import { ActionIcon, Autocomplete, Button, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useContext } from 'react';
import type { Fields } from '@/api/types';
import { CALENDARS, entriesOf, Findings, listOf, mapOf, orNone, replaced, Text, textOf, useSaid, useTyped, withKey, without } from './fields';
import css from './queues.module.css';
import { Week } from './Week';

const ZONES = Intl.supportedValuesOf('timeZone');

interface Props {
  calendar: Fields;
  at: string;
  onChange: (next: Fields) => void;
  onRemove: () => void;
}
/** One calendar: the clock of its place, its week, and the days that are otherwise. */
export function Hours({ calendar, at, onChange, onRemove }: Props) {
  const zone = useSaid(CALENDARS, `${at}/time_zone`);
  const all = useSaid(CALENDARS, at, true);
  const found = useContext(Findings).filter((one) => one.file === CALENDARS && one.at.startsWith(`${at}/weekly/`));
  const said = Object.fromEntries(found.map((one) => [one.at.split('/')[4] ?? '', one.message]));
  return (
    <div className={css.form}>
      {all && <p className={`${css.error} ${css.wide}`} role="alert">{all}</p>}
      <Text of={calendar} name="name" label="Name" description="As queues name these hours" file={CALENDARS} at={at} required onChange={onChange} />
      <Autocomplete label="Time zone" description="The clock of the place, summer time included" data={ZONES} limit={12} required error={zone} value={textOf(calendar, 'time_zone')} onChange={(next) => onChange({ ...calendar, time_zone: next })} />
      <div className={css.wide}><Week weekly={mapOf(calendar, 'weekly')} said={said} onChange={(weekly) => onChange({ ...calendar, weekly })} /></div>
      <div className={css.wide}><Holidays days={entriesOf(calendar, 'holidays')} at={at} onChange={(days) => onChange(withKey(calendar, 'holidays', orNone(days)))} /></div>
      <Button className={css.start} size="xs" variant="default" onClick={onRemove}>Remove these hours</Button>
    </div>
  );
}

function Holidays({ days, at, onChange }: { days: Fields[]; at: string; onChange: (next: Fields[]) => void }) {
  return (
    <fieldset className={css.set}>
      <legend>Holidays and other days</legend>
      {days.map((day, number) => <Holiday key={number} day={day} number={number + 1} at={`${at}/holidays/${number}`} onChange={(next) => onChange(replaced(days, number, next))} onRemove={() => onChange(without(days, number))} />)}
      <Button size="compact-xs" variant="default" onClick={() => onChange([...days, { date: '', title: '' }])}>Add a day</Button>
    </fieldset>
  );
}

interface DayProps {
  day: Fields;
  number: number;
  at: string;
  onChange: (next: Fields) => void;
  onRemove: () => void;
}
function Holiday({ day, number, at, onChange, onRemove }: DayProps) {
  const [date, hours] = [useSaid(CALENDARS, `${at}/date`), useSaid(CALENDARS, `${at}/hours`)];
  const spans = (text: string) => text.split(',').map((one) => one.trim()).filter((one) => one !== '');
  const kept = listOf(day, 'hours').join(', ');
  const [shown, keep] = useTyped(kept, (typed) => spans(typed).join(', ') === kept);
  return (
    <div className={css.row}>
      <TextInput w={150} type="date" aria-label={`Date of day ${number}`} error={date} value={textOf(day, 'date')} onChange={(event) => onChange({ ...day, date: event.currentTarget.value })} />
      <TextInput className={css.grow} aria-label={`Title of day ${number}`} placeholder="Why" value={textOf(day, 'title')} onChange={(event) => onChange(withKey(day, 'title', event.currentTarget.value))} />
      <TextInput className={css.grow} aria-label={`Hours of day ${number}`} placeholder="Closed, or 08:00-12:00, 13:00-15:00" error={hours} value={shown} onChange={(event) => { keep(event.currentTarget.value); onChange(withKey(day, 'hours', orNone(spans(event.currentTarget.value)))); }} />
      <ActionIcon variant="subtle" aria-label={`Remove day ${number}`} onClick={onRemove}><IconX size={16} aria-hidden /></ActionIcon>
    </div>
  );
}
