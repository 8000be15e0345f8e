// The chat itself: the same on its own page and in the bubble on a client's site.
import { el, icon, ICONS } from './dom';
import { Files } from './files';
import { Log, namesOf } from './log';
import { STYLE } from './style';
import { newId, Refused, Talk, type ChatFile } from './talk';
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
// A person is told anew that the customer is writing at most this often.
const TELL_MS_MIN = 4_000;

export function mountChat(host: HTMLElement, options: ChatOptions) {
  const words = wordsFor(options.locale);
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];

  const status = el('div', { class: 'status', role: 'status' });
  const tell = (text: string, calm = false) => {
    status.classList.toggle('calm', calm);
    status.textContent = text;
  };
  const log = new Log(words, (file) => void save(file));
  const talk = new Talk(options.base, options.client, options.locale, options.name, {
    message: (message) => log.show(message),
    line: (up) => tell(up ? '' : words.lost),
    writing: () => log.writing(),
    saying: (text) => log.saying(text),
  });
  const send = async (text: string, id: string, files: ChatFile[]) => {
    try {
      log.sent(id, await talk.send(text, id, files.map((one) => one.id)));
      tell('');
    } catch (error) {
      if (error instanceof Refused && files.length > 0 && error.detail) tell(error.detail);
      log.unsent(id, () => void send(text, id, files));
    }
  };
  const save = async (file: ChatFile) => {
    try {
      const link = el('a', { href: URL.createObjectURL(await talk.file(file.id)), download: file.name });
      link.click();
      URL.revokeObjectURL(link.href);
    } catch {
      tell(words.saveFailed);
    }
  };
  const files = new Files(talk, words, tell);

  const box = el('textarea', { rows: '1', dir: 'auto', maxlength: String(CHARS_MAX), 'aria-label': words.write, placeholder: words.write });
  const form = el('form', {}, files.input, files.button, box, el('button', { class: 'send', type: 'submit', 'aria-label': words.send }, icon(ICONS.send)));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void write();
  });
  let writing = false;
  const write = async () => {
    // What is attached goes with the words that were there when it was sent.
    if (writing || (!box.value.trim() && !files.any)) return;
    writing = true;
    const text = box.value.trim();
    const taken = files.any ? await files.take() : [];
    writing = false;
    if (!taken || (!text && taken.length === 0)) return;
    if (box.value.trim() === text) box.value = '';
    const id = newId();
    log.own(id, text || namesOf(taken), taken);
    await send(text, id, taken);
  };
  let toldAt = 0;
  box.addEventListener('input', () => {
    if (!log.withPerson || !box.value.trim() || Date.now() - toldAt < TELL_MS_MIN) return;
    toldAt = Date.now();
    talk.writing();
  });
  box.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });

  const person = el('button', { class: 'quiet', type: 'button' }, words.person);
  person.addEventListener('click', () => {
    person.disabled = true;
    talk.askPerson().then(() => log.note(words.asked), () => tell(words.failed)).finally(() => { person.disabled = false; });
  });
  const again = el('button', { class: 'icon', type: 'button', 'aria-label': words.again, title: words.again }, icon(ICONS.again, 18));
  again.addEventListener('click', () => {
    talk.forget();
    files.forget();
    log.clear();
    box.focus();
  });
  const head = el('header', {}, el('h1', {}, options.title), person, again);
  const panel = el('section', { class: 'panel', 'aria-label': options.title }, head, log.node, status, files.list, form);
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
