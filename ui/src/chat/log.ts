// The messages on the page: shown once each, whoever is quicker, the answer to the sending or the event.
import { el, icon, ICONS } from './dom';
import { sizeOf } from './files';
import type { ChatFile, ChatMessage } from './talk';
import type { Words } from './words';

// An answer later than this is not announced by dots any more.
const TYPING_MS_MAX = 15_000;
// A person who has stopped writing is not told of; this long after the last word the dots go.
const WRITING_MS_MAX = 7_000;

/** What stands in the case where files came without words: the server writes the same. */
export const namesOf = (files: ChatFile[]) => `(${files.map((one) => one.name).join(', ')})`;

export class Log {
  readonly node: HTMLElement;
  private readonly seen = new Map<string, HTMLElement>();
  private readonly pending = new Map<string, { node: HTMLElement; text: string }>();
  private last: ChatMessage['author'] | null = null;
  private dots: HTMLElement | null = null;
  private begun: HTMLElement | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly words: Words, private readonly save: (file: ChatFile) => void) {
    this.node = el('div', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': words.log, tabindex: '0' });
    this.clear();
  }

  clear() {
    this.seen.clear();
    this.pending.clear();
    this.last = null;
    this.begun = null;
    this.node.replaceChildren(el('div', { class: 'note' }, this.words.note), this.make('agent', '', this.words.hello, []));
  }

  /** Whether a person has spoken last. */
  get withPerson() {
    return this.last === 'member';
  }

  own(id: string, text: string, files: ChatFile[]) {
    const node = this.make('customer', '', text, files);
    node.classList.add('waiting');
    this.pending.set(id, { node, text });
    this.add(node);
    this.typing(true);
  }

  sent(id: string, stored: string) {
    const own = this.pending.get(id);
    if (!own) return;
    this.pending.delete(id);
    own.node.classList.remove('waiting');
    own.node.querySelector('.unsent')?.remove();
    // The event came first and has shown it already.
    if (this.seen.has(stored) && this.seen.get(stored) !== own.node) own.node.remove();
    this.seen.set(stored, own.node);
  }

  unsent(id: string, retry: () => void) {
    const own = this.pending.get(id);
    this.typing(false);
    if (!own || own.node.querySelector('.unsent')) return;
    const button = el('button', { type: 'button' }, this.words.retry);
    const line = el('div', { class: 'unsent', role: 'alert' }, this.words.unsent, ' ', button);
    button.addEventListener('click', () => {
      line.remove();
      retry();
    });
    own.node.append(line);
  }

  show(message: ChatMessage) {
    if (this.seen.has(message.id)) return;
    if (message.author === 'customer') {
      const own = [...this.pending.values()].find((one) => one.text === message.text);
      if (own) {
        own.node.classList.remove('waiting');
        this.seen.set(message.id, own.node);
        return;
      }
    } else {
      this.saying('');
      this.typing(false);
      this.turn(message.author);
    }
    const node = message.author === 'system' ? el('div', { class: 'note' }, message.text) : this.make(message.author, message.name, message.text, message.files ?? []);
    const sources = (message.sources ?? []).map((one) => (one.heading === one.title ? one.title : `${one.title}: ${one.heading}`));
    if (sources.length > 0) node.append(el('div', { class: 'from' }, `${this.words.from} ${sources.join(', ')}`));
    this.seen.set(message.id, node);
    this.add(node);
  }

  /** What the AI assistant has begun to say. The message itself takes its place, and is what a screen reader tells. */
  saying(text: string) {
    if (!text) {
      this.begun?.remove();
      this.begun = null;
      return;
    }
    if (!this.begun) {
      this.begun = this.make('agent', '', text, []);
      this.begun.setAttribute('aria-hidden', 'true');
    }
    const shown = this.begun.querySelector('.text');
    if (shown) shown.textContent = text;
    this.add(this.begun);
  }

  note(text: string) {
    this.add(el('div', { class: 'note' }, text));
  }

  /** Says when a person takes over, and when the AI assistant is back. */
  private turn(author: ChatMessage['author']) {
    if (author === 'member' && this.last !== 'member') this.add(el('div', { class: 'turn' }, this.words.joined));
    if (author === 'agent' && this.last === 'member') this.add(el('div', { class: 'turn ai' }, this.words.back));
    if (author === 'agent' || author === 'member') this.last = author;
  }

  private make(author: ChatMessage['author'], name: string, text: string, files: ChatFile[]): HTMLElement {
    const label = { customer: this.words.you, agent: this.words.ai, member: this.words.human, system: '' }[author];
    const by = name && author !== 'customer' ? `${name} · ${label}` : label;
    const node = el('div', { class: `msg ${author}` }, el('div', { class: author === 'customer' ? 'vh' : 'by' }, by));
    if (files.length === 0 || text !== namesOf(files)) node.append(el('div', { class: 'text', dir: 'auto' }, text));
    for (const file of files) {
      const button = el('button', { class: 'file', type: 'button', title: this.words.save }, icon(ICONS.clip, 15), el('span', { class: 'vh' }, `${this.words.save} `), el('span', { dir: 'auto' }, file.name), el('small', {}, sizeOf(file.bytes)));
      button.addEventListener('click', () => this.save(file));
      node.append(button);
    }
    return node;
  }

  private add(node: HTMLElement) {
    this.node.append(node);
    if (this.dots) this.node.append(this.dots);
    this.node.scrollTop = this.node.scrollHeight;
  }

  private typing(on: boolean) {
    clearTimeout(this.timer);
    this.dots?.remove();
    this.dots = null;
    if (on && this.last !== 'member') this.dotted(TYPING_MS_MAX);
  }

  /** A person is writing. */
  writing() {
    clearTimeout(this.timer);
    if (this.dots) this.timer = setTimeout(() => this.typing(false), WRITING_MS_MAX);
    else this.dotted(WRITING_MS_MAX);
  }

  private dotted(forMs: number) {
    this.dots = el('div', { class: 'typing', 'aria-hidden': 'true' }, el('i'), el('i'), el('i'));
    this.node.append(this.dots);
    this.node.scrollTop = this.node.scrollHeight;
    this.timer = setTimeout(() => this.typing(false), forMs);
  }
}
