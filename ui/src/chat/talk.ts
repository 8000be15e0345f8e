// The conversation with the server: start or resume, send, follow. No framework, no dependency.

export interface ChatFile {
  id: string;
  name: string;
  media: string;
  bytes: number;
}
/** The server has said why not, in the customer's language. */
export class Refused extends Error {
  constructor(readonly status: number, readonly detail: string) {
    super(String(status));
  }
}
export interface ChatMessage {
  id: string;
  author: 'customer' | 'agent' | 'member' | 'system';
  name: string;
  text: string;
  sent_ms: number;
  /** What an answer stands on. */
  sources?: { title: string; heading: string }[];
  files?: ChatFile[];
}
export interface TalkEvents {
  message: (message: ChatMessage) => void;
  line: (up: boolean) => void;
  /** A person is writing. */
  writing: () => void;
  /** What the AI assistant has begun to say, all of it so far; empty where it is taken back. */
  saying: (text: string) => void;
}
interface Kept {
  conversation: string;
  token: string;
  begun?: boolean;
}

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 15_000;
const ID_BYTES = 12;

export const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(ID_BYTES)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** Language and region of a tag. Some browsers name one that is none (`en-US@posix`), and the server would refuse that. */
const tagOf = (locale: string) => /^[a-z]{2,3}(-[a-z]{2}(?![a-z0-9]))?/i.exec(locale)?.[0] ?? 'en';

async function refused(response: Response): Promise<Refused> {
  const body = (await response.json().catch(() => null)) as { detail?: string } | null;
  return new Refused(response.status, body?.detail ?? '');
}

export class Talk {
  private kept: Kept | null;
  private source: EventSource | null = null;
  private last = '';
  private wait = RETRY_MS_MIN;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly root: string;
  private readonly key: string;

  constructor(base: string, client: string, private readonly locale: string, private readonly name: string | undefined, private readonly on: TalkEvents) {
    this.root = `${base}/chat/v1/${encodeURIComponent(client)}/conversations`;
    this.key = `baton-chat:${client}`;
    this.kept = this.read();
  }

  /** Goes on with the conversation of an earlier visit, if there is one. */
  resume() {
    if (this.kept?.begun) this.follow();
  }

  async send(text: string, id: string, files: string[]): Promise<string> {
    const sent = await this.post<{ id: string }>('messages', { text, external_id: id, ...this.who(), ...(files.length > 0 ? { files } : {}) });
    return sent.id;
  }

  /** Uploads a file: it waits for the message that takes it. */
  async upload(file: File, stop: AbortSignal): Promise<ChatFile> {
    const kept = await this.begin();
    const query = new URLSearchParams({ name: file.name, lang: this.locale });
    const response = await fetch(`${this.root}/${kept.conversation}/files?${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream', authorization: `Bearer ${kept.token}` },
      body: file,
      signal: stop,
    });
    if (!response.ok) throw await refused(response);
    return (await response.json()) as ChatFile;
  }

  /** What is in a file of this conversation. */
  async file(id: string): Promise<Blob> {
    const kept = await this.begin();
    const response = await fetch(`${this.root}/${kept.conversation}/files/${encodeURIComponent(id)}`, { headers: { authorization: `Bearer ${kept.token}` } });
    if (!response.ok) throw await refused(response);
    return response.blob();
  }

  async askPerson(): Promise<void> {
    await this.post(`person?${new URLSearchParams({ lang: tagOf(this.locale) })}`, {});
  }

  /** The customer is writing. Whether it could be told does not matter. */
  writing() {
    const kept = this.kept;
    if (kept?.begun) this.call(`${this.root}/${kept.conversation}/writing`, {}, kept.token).catch(() => undefined);
  }

  forget() {
    this.source?.close();
    this.source = null;
    clearTimeout(this.timer);
    this.kept = null;
    this.last = '';
    try {
      localStorage.removeItem(this.key);
    } catch { /* Storage may be forbidden: the conversation then lives as long as the page. */ }
  }

  /** Who writes, and in which language. It goes with every message: nothing is kept of a conversation before the first. */
  private who() {
    return { locale: tagOf(this.locale), ...(this.name ? { name: this.name } : {}) };
  }

  private async begin(): Promise<Kept> {
    if (this.kept) return this.kept;
    this.kept = await this.call<Kept>(this.root, this.who());
    this.keep();
    return this.kept;
  }

  private async post<T>(what: string, body: object): Promise<T> {
    const kept = await this.begin();
    try {
      const done = await this.call<T>(`${this.root}/${kept.conversation}/${what}`, body, kept.token);
      kept.begun = true;
      this.keep();
      if (!this.source) this.follow();
      return done;
    } catch (error) {
      // The server no longer knows this conversation: begin a new one and say it there.
      if (!(error instanceof Error) || error.message !== '401' || !kept.begun) throw error;
      this.forget();
      return this.post<T>(what, body);
    }
  }

  private async call<T>(address: string, body: object, token?: string): Promise<T> {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw await refused(response);
    const text = await response.text();
    return (text ? JSON.parse(text) : {}) as T;
  }

  private follow() {
    const kept = this.kept;
    if (!kept) return;
    const query = new URLSearchParams({ token: kept.token, ...(this.last ? { after: this.last } : {}) });
    const source = new EventSource(`${this.root}/${kept.conversation}/events?${query}`);
    this.source = source;
    source.addEventListener('open', () => {
      this.wait = RETRY_MS_MIN;
      this.on.line(true);
    });
    source.addEventListener('message', (event) => {
      const message = JSON.parse(event.data as string) as ChatMessage;
      this.last = message.id;
      this.on.message(message);
    });
    source.addEventListener('writing', () => this.on.writing());
    source.addEventListener('saying', (event) => this.on.saying((JSON.parse(event.data as string) as { text: string }).text));
    source.addEventListener('error', () => {
      source.close();
      if (this.source !== source) return;
      // That it was taken back meanwhile is not told again.
      this.on.saying('');
      this.on.line(false);
      this.timer = setTimeout(() => this.follow(), this.wait);
      this.wait = Math.min(this.wait * 2, RETRY_MS_MAX);
    });
  }

  private read(): Kept | null {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? 'null') as Kept | null;
    } catch {
      return null;
    }
  }
  private keep() {
    try {
      localStorage.setItem(this.key, JSON.stringify(this.kept));
    } catch { /* See forget(). */ }
  }
}
