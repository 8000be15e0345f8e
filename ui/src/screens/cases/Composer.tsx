import { Button, MultiSelect, SegmentedControl, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconEar, IconNote, IconSend2 } from '@tabler/icons-react';
import { useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import { http, seg } from '@/api/http';
import { found } from '@/api/people';
import * as q from '@/api/queries';
import type { Session } from '@/api/types';
import { useCustomerWriting } from '@/api/writing';
import { holds } from '@/lib/grants';
import { newId } from '@/lib/id';
import { inDialog } from '@/lib/keys';
import { useNames } from '@/lib/names';
import { tellDone, tellFailure } from '@/lib/tell';
import { Key } from '@/parts/Bits';
import { AttachButton, AttachList, useAttach } from './Attach';
import { Macros } from './Macros';
import { useTexts } from './drafts';
import { SuggestReply } from './SuggestReply';
import { TranslateDraft } from './TranslateDraft';
import { Ways } from './Ways';
import css from './timeline.module.css';

export type Writing = 'reply' | 'note' | 'whisper';
interface Props {
  client: string;
  id: string;
  customer: string;
  /** The customer's language, where a model is configured that translates into it. */
  into?: string;
  box: RefObject<HTMLTextAreaElement | null>;
  writing: Writing;
  onWriting: (next: Writing) => void;
  /** The case is somebody else's: what is written here can be sent once one has it. */
  theirs?: boolean;
  /** A text that was chosen beside the conversation, to go into the reply; each one once. */
  put?: { text: string };
}
// A customer is told anew that somebody is writing at most this often.
const TELL_MS_MIN = 4_000;
// The rest is found by typing.
const NAMES_MAX = 100;
const WHISPERS = ['supervisor', 'ai_lead'];
export const mayWhisper = (session: Session | null | undefined, client: string) => holds(session, WHISPERS, client);
const ICONS = { reply: IconSend2, note: IconNote, whisper: IconEar };

/** What is written already stays, and comes first. */
const joined = (before: string, words: string) => (before.trim() ? `${before.trim()}\n\n${words}` : words);

/** Write to the customer, to colleagues, or, as a supervisor, to whoever has the case. */
export function Composer({ client, id, customer, into, theirs, box, writing, onWriting, put }: Props) {
  const { texts, setTexts, sent } = useTexts(client, id);
  // What was put in before this was drawn is in already, or sent.
  const [taken, setTaken] = useState(put);
  if (put && put !== taken) {
    setTaken(put);
    setTexts((now) => ({ ...now, reply: joined(now.reply, put.text) }));
  }
  const text = texts[writing];
  const setOf = (kind: Writing) => (next: string) => setTexts((now) => ({ ...now, [kind]: next }));
  const setText = setOf(writing);
  /** Into the reply, whatever is being written by now. */
  const setReply = (next: string) => {
    setOf('reply')(next);
    // A draft that was asked for may come when something else is being filled in.
    setTimeout(() => { if (!inDialog()) box.current?.focus(); });
  };
  const theyWrite = useCustomerWriting(client, id);
  const toldAt = useRef(0);
  /** The customer's chat shows that a person is writing; whether it could be told does not matter here. */
  const tellWriting = (next: string) => {
    if (writing !== 'reply' || !next.trim() || Date.now() - toldAt.current < TELL_MS_MIN) return;
    toldAt.current = Date.now();
    http.post(`${base}/writing`).catch(() => undefined);
  };
  const [named, setNamed] = useState<string[]>([]);
  const key = useRef(newId('msg'));
  const queries = useQueryClient();
  const { data: session } = useQuery(q.session);
  const [sought, setSought] = useState('');
  const { data: colleagues } = useQuery({ ...found(client, sought.trim()), enabled: writing === 'note', retry: false });
  const names = useNames();
  const leads = mayWhisper(session, client);
  const base = `/clients/${seg(client)}/cases/${seg(id)}`;
  const attach = useAttach(base);
  const files = writing === 'reply' ? attach.files : [];
  const ready = Boolean(text.trim()) || files.length > 0;
  const send = useMutation({
    mutationFn: ({ kind, text: words }: { kind: Writing; text: string }) => {
      if (kind === 'note') return http.post<{ heard?: boolean }>(`${base}/notes`, { text: words.trim(), mentions: named });
      if (kind === 'whisper') return http.post<{ heard?: boolean }>(`${base}/whisper`, { text: words.trim() });
      return http.post<{ heard?: boolean }>(`${base}/messages`, { text: words.trim(), external_id: key.current, as: 'member', files: files.map((one) => one.id) });
    },
    onSuccess: (done, { kind, text: words }) => {
      if (kind === 'whisper') tellDone(done.heard === false ? 'Kept, but this agent has no language model and works by its rules: take the case over to change its course' : 'Whispered');
      // What was written while it went is not of it, and stays.
      sent(kind, words);
      if (kind === 'reply') attach.clear();
      if (kind === 'note') setNamed([]);
      key.current = newId('msg');
      void queries.invalidateQueries({ queryKey: ['timeline', client, id] });
    },
    onError: tellFailure,
  });
  const go = () => {
    if (ready && !send.isPending && !attach.busy) send.mutate({ kind: writing, text });
  };
  const press = (event: KeyboardEvent) => {
    // An input method has Enter and Escape to itself.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) go();
    if (event.key === 'Escape') box.current?.blur();
  };
  const label = { reply: `Reply to ${customer}`, note: 'Note for colleagues', whisper: 'Whisper to whoever has the case' }[writing];
  const says = { reply: theirs ? 'It can be sent once you have the case.' : 'Sent in your name.', note: 'No customer reads it.', whisper: 'Unseen by the customer; it changes nothing of what may be done.' }[writing];
  const Icon = ICONS[writing];
  const kinds = [{ value: 'reply', label: 'Reply' }, { value: 'note', label: 'Note' }, ...(leads ? [{ value: 'whisper', label: 'Whisper' }] : [])];
  // Who is named already stays in the list, whoever is looked for.
  const others = (colleagues?.items ?? []).filter((one) => one.id !== session?.member.id);
  const people = [...others.map((one) => ({ value: one.id, label: one.name })), ...named.filter((one) => !others.some((other) => other.id === one)).map((one) => ({ value: one, label: names.member(one) }))];
  return (
    <form className={css.composer} onSubmit={(event) => { event.preventDefault(); if (event.target === event.currentTarget) go(); }}>
      <div role="status" className={css.theyWrite}>{theyWrite && `${customer === 'the customer' ? 'The customer' : customer} is writing …`}</div>
      <Textarea ref={box} dir="auto" aria-label={label} placeholder={`${label} …`} autosize minRows={1} maxRows={8} value={text} onChange={(event) => { setText(event.currentTarget.value); tellWriting(event.currentTarget.value); }} onKeyDown={press} />
      {writing === 'note' && <MultiSelect size="xs" aria-label="Who is to hear of it" placeholder={named.length === 0 ? 'Name colleagues who are to hear of it' : ''} data={people} value={named} onChange={setNamed} searchable searchValue={sought} onSearchChange={setSought} clearable limit={NAMES_MAX} nothingFoundMessage={colleagues ? 'Nobody of this name works there' : undefined} />}
      {writing === 'reply' && <AttachList attach={attach} />}
      <div className={css.composerRow}>
        <SegmentedControl size="xs" value={writing} onChange={(next) => onWriting(next as Writing)} data={kinds} aria-label="What to write" />
        {writing === 'reply' && <Macros client={client} id={id} onText={(words) => setReply(joined(text, words))} />}
        <SuggestReply base={base} text={texts.reply} off={writing !== 'reply'} onText={setReply} />
        {into && <TranslateDraft base={base} language={into} text={texts.reply} off={writing !== 'reply'} onText={setReply} />}
        {writing === 'reply' && <AttachButton attach={attach} />}
        {writing === 'reply' && <Ways client={client} id={id} />}
        <span style={{ flex: 1 }}>{says} <Key>ctrl</Key> <Key>enter</Key> sends.</span>
        <Button type="submit" size="xs" disabled={!ready || attach.busy} loading={send.isPending} leftSection={<Icon size={15} aria-hidden />}>{writing === 'reply' ? 'Send' : writing === 'note' ? 'Keep' : 'Whisper'}</Button>
      </div>
    </form>
  );
}
