// Files on their way: picked, looked at, uploaded, listed above the box, and taken by the next message.
import { el, icon, ICONS } from './dom';
import { Refused, type ChatFile, type Talk } from './talk';
import type { Words } from './words';

const FILES_MAX = 5;
const FILE_BYTES_MAX = 10 * 1024 * 1024;
const ACCEPT = '.pdf,.png,.jpg,.jpeg,.gif,.webp,.heic,.heif,.txt,.csv,.docx,.xlsx,.odt,.ods';

export function sizeOf(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1024 / 1024).toLocaleString(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 })} MB`;
}

interface Picked {
  row: HTMLElement;
  done: Promise<ChatFile | null>;
  stop: AbortController;
}

export class Files {
  readonly button: HTMLButtonElement;
  readonly list: HTMLUListElement;
  readonly input: HTMLInputElement;
  private picked: Picked[] = [];

  constructor(private readonly talk: Talk, private readonly words: Words, private readonly say: (text: string, calm?: boolean) => void) {
    this.input = el('input', { type: 'file', multiple: true, hidden: true, accept: ACCEPT, tabindex: '-1', 'aria-hidden': 'true' });
    this.button = el('button', { class: 'attach', type: 'button', 'aria-label': words.attach, title: words.attach }, icon(ICONS.clip));
    this.list = el('ul', { class: 'files', 'aria-label': words.files, hidden: true });
    this.button.addEventListener('click', () => this.input.click());
    this.input.addEventListener('change', () => {
      this.add([...(this.input.files ?? [])]);
      // The same file can be picked again after it was taken away.
      this.input.value = '';
    });
  }

  get any() {
    return this.picked.length > 0;
  }

  add(files: File[]) {
    for (const file of files) {
      if (this.picked.length >= FILES_MAX) return this.say(this.words.tooMany);
      if (file.size > FILE_BYTES_MAX) this.say(`${file.name}: ${this.words.tooLarge}`);
      else this.pick(file);
    }
  }

  /** What is attached, once all of it is there; nothing where something is missing of it, which was said. */
  async take(): Promise<ChatFile[] | null> {
    const taken = this.picked;
    const done = await Promise.all(taken.map((one) => one.done));
    const files = done.filter((one) => one !== null);
    if (files.length < done.length) return null;
    for (const one of taken) this.drop(one);
    return files;
  }

  forget() {
    for (const one of [...this.picked]) {
      one.stop.abort();
      this.drop(one);
    }
  }

  private pick(file: File) {
    const stop = new AbortController();
    const remove = el('button', { class: 'icon', type: 'button', 'aria-label': `${this.words.remove}: ${file.name}`, title: this.words.remove }, icon(ICONS.close, 14));
    const row = el('li', { class: 'busy' }, el('span', { dir: 'auto' }, file.name), el('small', {}, sizeOf(file.size)), remove);
    const one: Picked = { row, stop, done: this.upload(file, stop, row) };
    remove.addEventListener('click', () => {
      stop.abort();
      this.drop(one);
      this.button.focus();
    });
    this.picked.push(one);
    this.list.append(row);
    this.list.hidden = false;
    this.say(`${file.name} ${this.words.loading}`, true);
    void one.done.then((done) => {
      if (!done) this.drop(one);
    });
  }

  private async upload(file: File, stop: AbortController, row: HTMLElement): Promise<ChatFile | null> {
    try {
      const done = await this.talk.upload(file, stop.signal);
      row.classList.remove('busy');
      this.say(`${file.name} ${this.words.ready}`, true);
      return done;
    } catch (error) {
      if (!stop.signal.aborted) this.say(`${file.name}: ${(error instanceof Refused && error.detail) || this.words.fileFailed}`);
      return null;
    }
  }

  private drop(one: Picked) {
    one.row.remove();
    this.picked = this.picked.filter((other) => other !== one);
    this.list.hidden = this.picked.length === 0;
  }
}
