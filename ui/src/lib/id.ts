const BYTES = 12;

/** A random id for a message sent from here, kept while it is retried, so that it is stored once. Works without HTTPS. */
export function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(BYTES));
  return `${prefix}_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
