// The chat itself: the same on its own page and in the bubble on a client's site.
import { el, icon, ICONS } from './dom';
import { Log } from './log';
import { STYLE } from './style';
import { newId, Talk } from './talk';
import { wordsFor } from './words';

export interface ChatOptions {
  base: string;
  client: string;
  locale: string;
  title: string;
  name?: string;
  shape: 'page' | 'bubble';
}

const CHARS_MAX = 4_000;

export function mountChat(host: HTMLElement, options: ChatOptions) {
  const words = wordsFor(options.locale);
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const status = el('div', { class: 'status', role: 'status' });
  const log = new Log(words);
  const talk = new Talk(options.base, options.client, options.locale, options.name, {
    message: (message) => log.show(message),
    line: (up) => { status.textContent = up ? '' : words.lost; },
  });
  const send = async (text: string, id: string) => {
    try {
      log.sent(id, await talk.send(text, id));
      status.textContent = '';
    } catch {
      log.unsent(id, () => void send(text, id));
    }
  };

  const box = el('textarea', { rows: '1', maxlength: String(CHARS_MAX), 'aria-label': words.write, placeholder: words.write });
  const form = el('form', {}, box, el('button', { class: 'send', type: 'submit', 'aria-label': words.send }, icon(ICONS.send)));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (!text) return;
    box.value = '';
    const id = newId();
    log.own(id, text);
    void send(text, id);
  });
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });

  const person = el('button', { class: 'quiet', type: 'button' }, words.person);
  person.addEventListener('click', () => {
    person.disabled = true;
    talk.askPerson().then(() => log.note(words.asked), () => { status.textContent = words.failed; }).finally(() => { person.disabled = false; });
  });
  const again = el('button', { class: 'icon', type: 'button', 'aria-label': words.again, title: words.again }, icon(ICONS.again, 18));
  again.addEventListener('click', () => {
    talk.forget();
    log.clear();
    box.focus();
  });
  const head = el('header', {}, el('h1', {}, options.title), person, again);
  const panel = el('section', { class: 'panel', 'aria-label': options.title }, head, log.node, status, form);
  const frame = el('div', { class: options.shape }, panel);
  root.append(frame);
  if (options.shape === 'bubble') bubble(frame, panel, head, box, words);
  talk.resume();
}

function bubble(frame: HTMLElement, panel: HTMLElement, head: HTMLElement, box: HTMLElement, words: ReturnType<typeof wordsFor>) {
  const launch = el('button', { class: 'launch', type: 'button', 'aria-label': words.open, 'aria-expanded': 'false' }, icon(ICONS.chat, 26));
  const close = el('button', { class: 'icon', type: 'button', 'aria-label': words.close }, icon(ICONS.close));
  const set = (open: boolean) => {
    panel.hidden = !open;
    frame.classList.toggle('open', open);
    launch.setAttribute('aria-expanded', String(open));
    launch.setAttribute('aria-label', open ? words.close : words.open);
    (open ? box : launch).focus();
  };
  panel.hidden = true;
  launch.addEventListener('click', () => set(panel.hasAttribute('hidden')));
  close.addEventListener('click', () => set(false));
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') set(false);
  });
  head.append(close);
  frame.append(launch);
}
