import { Button, Checkbox, MultiSelect, Select, TagsInput } from '@mantine/core';
import type { Fields } from '@/api/types';
import { words } from '@/lib/format';
import { DURATION, listOf, mapOf, numberOr, orNone, QUEUES, Text, textOf, useSaid, withKey } from './fields';
import css from './queues.module.css';
import { Skills } from './Skills';

const ROLES = ['supervisor', 'human_agent', 'finance_lead', 'service'];

interface Props {
  queue: Fields;
  at: string;
  /** Names of calendars, and of the other queues. */
  calendars: string[];
  others: string[];
  onChange: (next: Fields) => void;
  onDefault: (on: boolean) => void;
  onRemove: () => void;
}
/** Every field that a queue of the blueprint can have. */
export function QueueForm({ queue, at, calendars, others, onChange, onDefault, onRemove }: Props) {
  const shared = { of: queue, file: QUEUES, at, onChange };
  const said = { calendar: useSaid(QUEUES, `${at}/calendar`), clock: useSaid(QUEUES, `${at}/clock`), assign: useSaid(QUEUES, `${at}/assign`), all: useSaid(QUEUES, at, true) };
  const put = (key: string, value: string | null, otherwise?: string) => onChange(withKey(queue, key, value && value !== otherwise ? value : undefined));
  const known = (all: string[], value: string) => (value && !all.includes(value) ? [...all, value] : all);
  return (
    <div className={css.form}>
      {said.all && <p className={`${css.error} ${css.wide}`} role="alert">{said.all}</p>}
      <Text {...shared} name="name" label="Name" description="As processes and agents name it; what waits under another name stays there" required />
      <Text {...shared} name="title" label="Title" description="For people" required />
      <Checkbox className={css.wide} label="Default queue" description="Where items go that name no queue; one queue is" checked={queue.default === true} onChange={(event) => onDefault(event.currentTarget.checked)} />
      <Text {...shared} name="sla" label="Due within" description={`How long an item may take. ${DURATION}`} />
      <Text {...shared} name="handling" label="An item takes" description={`As a rule, for the expected wait. ${DURATION}`} />
      <Text {...shared} name="cost" label="Cost of waiting" description="Of a minute, beside other queues; 1 if empty. What costs more goes first" read={numberOr} />
      <Select label="How items come to people" data={[{ value: 'both', label: 'Given, and taken' }, { value: 'pull', label: 'Only taken' }]} allowDeselect={false} error={said.assign} value={textOf(queue, 'assign') || 'both'} onChange={(next) => put('assign', next, 'both')} />
      <Select label="Hours" description="When it is staffed; always, without" placeholder="Always" clearable clearButtonProps={{ 'aria-label': 'No hours: always' }} data={known(calendars, textOf(queue, 'calendar'))} error={said.calendar} value={textOf(queue, 'calendar') || null} onChange={(next) => put('calendar', next)} />
      <Select label="Its clock" data={[{ value: 'always', label: 'Always runs' }, { value: 'open_hours', label: 'Stands still while it is closed' }]} allowDeselect={false} error={said.clock} value={textOf(queue, 'clock') || 'always'} onChange={(next) => put('clock', next, 'always')} />
      <Text {...shared} name="hours" label="Hours in words" description="For people who work here" />
      <Needs needs={mapOf(queue, 'needs')} at={`${at}/needs`} onChange={(needs) => onChange(withKey(queue, 'needs', orNone(needs)))} />
      <Overflow flow={mapOf(queue, 'overflow')} at={`${at}/overflow`} others={known(others, textOf(mapOf(queue, 'overflow'), 'to'))} onChange={(flow) => onChange(withKey(queue, 'overflow', orNone(flow)))} />
      <Late late={mapOf(queue, 'late')} at={`${at}/late`} others={known(others, textOf(mapOf(queue, 'late'), 'to'))} onChange={(late) => onChange(withKey(queue, 'late', orNone(late)))} />
      <Reach reach={mapOf(queue, 'reach')} at={`${at}/reach`} onChange={(reach) => onChange(withKey(queue, 'reach', orNone(reach)))} />
      <Button className={css.start} size="xs" variant="default" onClick={onRemove}>Remove this queue</Button>
    </div>
  );
}

/** What whoever takes an item must have. */
function Needs({ needs, at, onChange }: { needs: Fields; at: string; onChange: (next: Fields) => void }) {
  const all = useSaid(QUEUES, at, true);
  const said = { skills: useSaid(QUEUES, `${at}/skills`), languages: useSaid(QUEUES, `${at}/languages`), licences: useSaid(QUEUES, `${at}/licences`), jurisdictions: useSaid(QUEUES, `${at}/jurisdictions`), roles: useSaid(QUEUES, `${at}/roles`) };
  const put = (key: string, value: string[]) => onChange(withKey(needs, key, orNone(value)));
  const tags = (key: 'languages' | 'licences' | 'jurisdictions', label: string, description: string) => (
    <TagsInput label={label} description={description} error={said[key]} value={listOf(needs, key)} onChange={(next) => put(key, next)} />
  );
  const roles = [...new Set([...ROLES, ...listOf(needs, 'roles')])];
  return (
    <fieldset className={`${css.set} ${css.wide}`}>
      <legend>Who may take an item</legend>
      {all && <p className={css.error} role="alert">{all}</p>}
      <Skills label="All of these skills, at this level or higher" value={listOf(needs, 'skills')} error={said.skills} onChange={(next) => put('skills', next)} />
      <div className={css.form}>
        {tags('languages', 'One of these languages', 'Such as de; Enter after each')}
        {tags('licences', 'All of these licences', 'Enter after each')}
        {tags('jurisdictions', 'All of these jurisdictions', 'Enter after each')}
        <MultiSelect label="One of these roles" data={roles.map((value) => ({ value, label: words(value) }))} error={said.roles} value={listOf(needs, 'roles')} onChange={(next) => put('roles', next)} />
      </div>
    </fieldset>
  );
}

/** Where items go that have waited too long. */
function Overflow({ flow, at, others, onChange }: { flow: Fields; at: string; others: string[]; onChange: (next: Fields) => void }) {
  const said = useSaid(QUEUES, `${at}/to`);
  const all = useSaid(QUEUES, at, true);
  return (
    <fieldset className={`${css.set} ${css.wide}`}>
      <legend>What waits too long</legend>
      {all && <p className={css.error} role="alert">{all}</p>}
      <div className={css.form}>
        <Select label="Goes to" placeholder="Stays here" clearable clearButtonProps={{ 'aria-label': 'It stays here' }} data={others} error={said} value={textOf(flow, 'to') || null} onChange={(next) => onChange(next ? { to: next, after: textOf(flow, 'after') || 'PT1H' } : {})} />
        <Text of={flow} name="after" label="After" description={DURATION} file={QUEUES} at={at} onChange={onChange} />
      </div>
    </fieldset>
  );
}

/** What becomes of late work that somebody has. */
function Late({ late, at, others, onChange }: { late: Fields; at: string; others: string[]; onChange: (next: Fields) => void }) {
  const said = useSaid(QUEUES, `${at}/to`);
  const all = useSaid(QUEUES, at, true);
  return (
    <fieldset className={`${css.set} ${css.wide}`}>
      <legend>What is late with somebody</legend>
      {all && <p className={css.error} role="alert">{all}</p>}
      <div className={css.form}>
        <Text of={late} name="after" label="Is taken back after" description={`Of being late; it stays with them if empty. ${DURATION}`} file={QUEUES} at={at} onChange={(next) => onChange(textOf(next, 'after') ? next : {})} />
        <Select label="And goes to" placeholder="Back to this queue" clearable clearButtonProps={{ 'aria-label': 'Back to this queue' }} data={others} disabled={!textOf(late, 'after')} error={said} value={textOf(late, 'to') || null} onChange={(next) => onChange(withKey(late, 'to', next ?? undefined))} />
      </div>
    </fieldset>
  );
}

/** Other ways to its people: the words to customers name them. */
function Reach({ reach, at, onChange }: { reach: Fields; at: string; onChange: (next: Fields) => void }) {
  return (
    <fieldset className={`${css.set} ${css.wide}`}>
      <legend>How its people are reached otherwise</legend>
      <div className={css.form}>
        <Text of={reach} name="email" label="E-mail" type="email" file={QUEUES} at={at} onChange={onChange} />
        <Checkbox className={css.end} label="They call back" checked={reach.call_back === true} onChange={(event) => onChange(withKey(reach, 'call_back', event.currentTarget.checked || undefined))} />
      </div>
    </fieldset>
  );
}
