// Tells of work and mentions by the browser and by a sound, where one has asked for it; at night only where one has asked for
// that too. Night is outside of one's shifts, or between eight in the evening and seven in the morning where one has none.
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { whereIAm } from '@/api/people';
import * as q from '@/api/queries';
import { holds } from '@/lib/grants';

export interface NotifyChoice {
  browser: boolean;
  sound: boolean;
  night: boolean;
}
// Roles that work is given to.
const WORKERS = ['ai_lead', 'supervisor', 'human_agent', 'finance_lead'];
// Roles that are told of colleagues' late work.
const LEADS = ['supervisor'];
const STORE = 'baton-notify';
const OFF: NotifyChoice = { browser: false, sound: false, night: false };
const NIGHT_FROM_H = 20;
const NIGHT_TO_H = 7;
const TONE_HZ = 660;
const TONE_S = 0.18;
const TONE_VOLUME = 0.08;
const CLOSE_MS = 1_000;
const listeners = new Set<() => void>();
let cached: { text: string | null; choice: NotifyChoice } = { text: null, choice: OFF };

function parsed(text: string | null): NotifyChoice {
  try {
    return { ...OFF, ...(JSON.parse(text ?? '{}') as Partial<NotifyChoice>) };
  } catch {
    return OFF;
  }
}

function read(): NotifyChoice {
  const text = localStorage.getItem(STORE);
  if (text !== cached.text) {
    cached = { text, choice: parsed(text) };
  }
  return cached.choice;
}

export function useNotifyChoice(): [NotifyChoice, (next: NotifyChoice) => void] {
  const choice = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    read,
  );
  const set = (next: NotifyChoice) => {
    localStorage.setItem(STORE, JSON.stringify(next));
    for (const listener of listeners) listener();
    if (next.browser && 'Notification' in window && Notification.permission === 'default') void Notification.requestPermission();
  };
  return [choice, set];
}

/** Whether it is night for whoever has these shifts; `onShift` is null where they have none. */
export function isNight(onShift: boolean | null | undefined, at: Date): boolean {
  if (typeof onShift === 'boolean') return !onShift;
  return at.getHours() >= NIGHT_FROM_H || at.getHours() < NIGHT_TO_H;
}

function sound() {
  const context = new AudioContext();
  const tone = context.createOscillator();
  const volume = context.createGain();
  tone.frequency.value = TONE_HZ;
  volume.gain.value = TONE_VOLUME;
  tone.connect(volume).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + TONE_S);
  // By the clock: where the browser lets a page make no sound before it is touched, the tone never ends, and is not to come late.
  setTimeout(() => void context.close(), CLOSE_MS);
}

/** Something new, in words, and what a press on it opens. */
interface News {
  says: string;
  open: () => void;
}

/** Names of customers do not belong on a locked screen: titles stay in the console. */
function show(fresh: News[]) {
  const [first] = fresh;
  if (!first) return;
  const told = new Notification('Baton', { body: fresh.length === 1 ? (first.says.split(':')[0] ?? '') : `${fresh.length} things are new`, tag: 'baton' });
  told.addEventListener('click', () => {
    window.focus();
    first.open();
    told.close();
  });
}

/** What is new since the last look: work given to one or nearly late with one, offers, mentions; for whoever leads also colleagues' late work. */
export function useNotify(on: boolean) {
  const [choice] = useNotifyChoice();
  const wanted = on && (choice.browser || choice.sound);
  const { data: session } = useQuery(q.session);
  // Whoever takes no work is still named in notes.
  const works = wanted && holds(session, WORKERS);
  const leads = wanted && holds(session, LEADS);
  const { data: me } = useQuery({ ...whereIAm, enabled: works, retry: false });
  const { data: mine } = useQuery({ ...q.mineNow, enabled: works, retry: false });
  const { data: late } = useQuery({ ...q.lateNow, enabled: leads, retry: false });
  const { data: offers } = useQuery({ ...q.offers, enabled: works, retry: false });
  const { data: mentions } = useQuery({ ...q.mentions, enabled: wanted, retry: false });
  const known = useRef<Set<string> | null>(null);
  const navigate = useNavigate();
  useEffect(() => {
    if (!wanted || !mentions || (works && !(mine && offers)) || (leads && !late)) return;
    const all = new Map<string, News>();
    const desk = (item: string | undefined) => () => void navigate({ to: '/desk', search: { item } });
    for (const item of mine?.items ?? []) all.set(`work ${item.id}`, { says: `Yours now: ${item.title}`, open: desk(`${item.client}/${item.id}`) });
    for (const item of mine?.items ?? []) if (item.clock) all.set(`${item.clock} ${item.id}`, { says: `${item.clock === 'breach' ? 'Late with you' : 'Nearly late with you'}: ${item.title}`, open: desk(`${item.client}/${item.id}`) });
    // It is told once, and again where somebody else has it by then.
    for (const item of late?.items ?? []) if (item.claimed_by !== session?.member.id) all.set(`late ${item.id} ${item.claimed_by ?? ''}`, { says: `Late with a colleague: ${item.title}`, open: desk(`${item.client}/${item.id}`) });
    // Offers stand above the queue.
    for (const offer of offers?.items ?? []) if (offer.to === session?.member.id) all.set(`offer ${offer.item}`, { says: `A colleague offers you: ${offer.title}`, open: desk(undefined) });
    for (const one of mentions.items) all.set(`note ${one.note}`, { says: one.kind === 'whisper' ? 'Your supervisor whispers' : 'A note names you', open: () => void navigate({ to: '/cases/$client/$id', params: { client: one.client, id: one.case }, search: {} }) });
    const before = known.current;
    known.current = new Set(all.keys());
    if (!before) return;
    const fresh = [...all].filter(([key]) => !before.has(key)).map(([, news]) => news);
    if (fresh.length === 0 || document.hasFocus()) return;
    if (!choice.night && isNight(me?.on_shift, new Date())) return;
    if (choice.sound) sound();
    if (choice.browser && 'Notification' in window && Notification.permission === 'granted') show(fresh);
  }, [wanted, works, leads, mine, late, offers, mentions, session, me, choice, navigate]);
}
