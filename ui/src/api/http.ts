// One way to the server: JSON in, JSON out, and every failure is a Problem (RFC 9457).

export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  constructor(status: number, title: string, detail: string) {
    super(detail || title);
    this.name = 'Problem';
    this.status = status;
    this.title = title;
    this.detail = detail;
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export function withQuery(path: string, query: Query): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') params.set(key, String(value));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

async function problemOf(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  const doc = (body && typeof body === 'object' ? body : {}) as { title?: string; detail?: string };
  return new Problem(response.status, doc.title ?? `The server answered ${response.status}`, doc.detail ?? '');
}

async function send<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      signal,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        // Unsafe methods need it: a form on another site cannot set a header.
        'x-baton-request': '1',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, 'The server cannot be reached', 'Check the connection; the page tries again by itself.');
  }
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

/** Bytes as they are, up and down. */
async function raw(method: string, path: string, body?: Blob): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, { method, credentials: 'same-origin', headers: { 'x-baton-request': '1', ...(body ? { 'content-type': 'application/octet-stream' } : {}) }, body });
  } catch {
    throw new Problem(0, 'The server cannot be reached', 'Check the connection and try again.');
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

export const http = {
  upload: async <T>(path: string, file: Blob) => (await (await raw('POST', path, file)).json()) as T,
  download: async (path: string) => (await raw('GET', path)).blob(),
  get: <T>(path: string, signal?: AbortSignal) => send<T>('GET', path, undefined, signal),
  post: <T>(path: string, body: unknown = {}) => send<T>('POST', path, body),
  put: <T>(path: string, body: unknown = {}) => send<T>('PUT', path, body),
  delete: <T>(path: string, body?: unknown) => send<T>('DELETE', path, body),
};

export const seg = encodeURIComponent;
