import { Checkbox, Select, Textarea } from '@mantine/core';
import type { Fields } from '@/api/types';
import { languageName } from '@/lib/format';
import { DURATION, HEAD, numberOr, Text, textOf, useSaid, withKey } from './fields';
import css from './queues.module.css';

const WORDS: [key: string, label: string, description: string][] = [
  ['people_wait', 'Somebody comes, and it takes a while', 'Knows wait_minutes, queue, email, call_back'],
  ['people_away', 'Nobody is available', 'Knows queue, email, call_back'],
  ['people_closed', 'The queue is closed', 'Knows opens, by the clock of the place; queue, email, call_back'],
  ['ai_back', 'The AI goes on after all', 'Said where a case goes back to it'],
];

type Said = Record<string, string>;
/** What customers are told while they wait for people; nothing where there are no words. */
export function Words({ words, onChange }: { words: Record<string, Said>; onChange: (next: Record<string, Said>) => void }) {
  const languages = Object.keys(words);
  return (
    <div className={css.pad}>
      {languages.length === 0 && <p className={css.faint}>The blueprint has no texts yet.</p>}
      {languages.map((language) => <Language key={language} language={language} said={words[language] ?? {}} onChange={(next) => onChange({ ...words, [language]: next })} />)}
    </div>
  );
}

function Language({ language, said, onChange }: { language: string; said: Said; onChange: (next: Said) => void }) {
  return (
    <fieldset className={css.set}>
      <legend>{languageName(language)}</legend>
      {WORDS.map(([key, label, description]) => (
        <Word key={key} label={label} description={description} file={`templates/${language}.yaml`} at={`/${key}`} value={said[key] ?? ''} onChange={(text) => onChange(withKey(said, key, text) as Said)} />
      ))}
    </fieldset>
  );
}

interface WordProps {
  label: string;
  description: string;
  file: string;
  at: string;
  value: string;
  onChange: (text: string) => void;
}
function Word({ label, description, file, at, value, onChange }: WordProps) {
  return <Textarea label={label} description={description} autosize minRows={2} maxRows={8} error={useSaid(file, at)} value={value} onChange={(event) => onChange(event.currentTarget.value)} />;
}

/** Service targets of cases, whoever works them. */
export function Targets({ sla, calendars, onChange }: { sla: Fields; calendars: string[]; onChange: (next: Fields) => void }) {
  const shared = { of: sla, file: HEAD, at: '/sla', onChange };
  const said = { calendar: useSaid(HEAD, '/sla/calendar'), escalate: useSaid(HEAD, '/sla/escalate'), pause: useSaid(HEAD, '/sla/pause_while') };
  const calendar = textOf(sla, 'calendar');
  const pauses = !(Array.isArray(sla.pause_while) && sla.pause_while.length === 0);
  return (
    <div className={css.form}>
      <Text {...shared} name="first_reply" label="First reply" description={DURATION} />
      <Text {...shared} name="next_reply" label="Next reply" description={DURATION} />
      <Text {...shared} name="resolution" label="Resolution" description={DURATION} />
      <Text {...shared} name="warn_percent" label="Warning" description="When so much of it is gone, per cent; 80 if empty" read={numberOr} />
      <Select label="Hours of the clocks" placeholder="Always" clearable clearButtonProps={{ 'aria-label': 'No hours: the clocks always run' }} data={calendar && !calendars.includes(calendar) ? [...calendars, calendar] : calendars} error={said.calendar} value={calendar || null} onChange={(next) => onChange(withKey(sla, 'calendar', next ?? undefined))} />
      <Select label="A late case of the AI goes to people" data={[{ value: 'warning', label: 'At the warning' }, { value: 'breach', label: 'When it is late' }, { value: 'never', label: 'Never' }]} allowDeselect={false} error={said.escalate} value={textOf(sla, 'escalate') || 'breach'} onChange={(next) => onChange(withKey(sla, 'escalate', next && next !== 'breach' ? next : undefined))} />
      <Checkbox className={css.wide} label="The clock of the resolution stands still while we wait for the customer" error={said.pause} checked={pauses} onChange={(event) => onChange(event.currentTarget.checked ? withKey(sla, 'pause_while', undefined) : { ...sla, pause_while: [] })} />
    </div>
  );
}
