import { Button, NumberInput, TagsInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { TakesOn } from '@/api/queueTypes';
import type { Fields } from '@/api/types';
import { words } from '@/lib/format';
import { tellDone } from '@/lib/tell';
import { Dialog } from '@/parts/Dialog';
import { Show, Wrong } from '@/parts/States';
import { Shifts } from './Shifts';
import { Skills } from './queues/Skills';
import css from './settings.module.css';

const CHANNELS = ['chat', 'email', 'voice', 'api', 'task'];

interface Props {
  /** A client where the member works; "house" for one of the installation. */
  client: string;
  member: string;
  name: string;
  /** May say what they may sign: skills, languages, licences, jurisdictions. */
  administers: boolean;
  onClose: () => void;
}
/** What a member can do and takes on: holds at once, wherever they work. */
export function MemberForm({ client, member, name, administers, onClose }: Props) {
  const read = useQuery({ ...q.takesOn(client, member), retry: false, gcTime: 0 });
  return (
    <Dialog onClose={onClose} title={name} size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Show of={read} rows={5}>{(found) => <Form found={found} path={`/clients/${seg(client)}/members/${seg(member)}/profile`} administers={administers} onDone={onClose} />}</Show>
    </Dialog>
  );
}

const changes = (form: TakesOn, found: TakesOn): Fields => {
  const differs = Object.entries(form).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(found[key as keyof TakesOn]));
  return Object.fromEntries(differs) as Fields;
};

function Form({ found: now, path, administers, onDone }: { found: TakesOn; path: string; administers: boolean; onDone: () => void }) {
  const queries = useQueryClient();
  // As it was when the form was opened: what somebody else changes meanwhile is not taken back by what was not touched here.
  const [found] = useState(now);
  const [form, setForm] = useState(found);
  const changed = changes(form, found);
  const save = useMutation({
    mutationFn: () => http.post(path, changed),
    onSuccess: async () => {
      tellDone('Saved; it holds from now on');
      await queries.invalidateQueries({ queryKey: ['members'] });
      onDone();
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const tags = (key: 'languages' | 'licences' | 'jurisdictions', label: string) => (
    <TagsInput label={label} description="Enter after each" disabled={!administers} value={form[key]} onChange={(next) => setForm({ ...form, [key]: next })} />
  );
  const channels = [...new Set([...CHANNELS, ...Object.keys(form.channels)])];
  const limit = (channel: string, next: string | number) => {
    const others = Object.fromEntries(Object.entries(form.channels).filter(([one]) => one !== channel));
    setForm({ ...form, channels: next === '' ? others : { ...others, [channel]: Number(next) } });
  };
  return (
    <form onSubmit={submit} aria-label="What they can do and take on" style={{ display: 'grid', gap: 12 }}>
      <Skills label="Skills" value={form.skills} disabled={!administers} onChange={(skills) => setForm({ ...form, skills })} />
      {tags('languages', 'Languages')}
      {tags('licences', 'Licences')}
      {tags('jurisdictions', 'Jurisdictions')}
      {!administers && <p className={css.faint}>Skills, languages, licences and jurisdictions decide what somebody may sign: an administrator of every client of theirs changes them.</p>}
      <NumberInput label="Items at once" description="Over all clients; nobody has said so, if empty: three are given" min={1} max={50} allowDecimal={false} required={found.places !== null} value={form.places ?? ''} onChange={(next) => setForm({ ...form, places: next === '' ? found.places : Number(next) })} />
      <fieldset className={css.channels}>
        <legend>At once by channel; no limit of its own, if empty</legend>
        {channels.map((channel) => <NumberInput key={channel} label={words(channel)} min={0} max={50} allowDecimal={false} value={form.channels[channel] ?? ''} onChange={(next) => limit(channel, next)} />)}
      </fieldset>
      <Shifts shifts={form.shifts} onChange={(shifts) => setForm({ ...form, shifts })} />
      <Wrong error={save.error} />
      <Button type="submit" loading={save.isPending} disabled={Object.keys(changed).length === 0} style={{ justifySelf: 'end' }}>Save</Button>
    </form>
  );
}
