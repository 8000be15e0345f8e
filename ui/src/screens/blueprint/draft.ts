// Edits that are not proposed yet: kept for this tab, so that they outlive a look at another screen, and so that another
// screen (the import of a connector) can hand over files.
export interface Draft {
  /** The release whose files were edited. */
  base: string;
  edits: Record<string, string>;
}

const key = (client: string) => `baton.draft.${client}`;

export function readDraft(client: string): Draft | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(key(client)) ?? 'null') as Draft | null;
    return kept && Object.keys(kept.edits).length > 0 ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a draft; false where the browser has no room for it. */
export function keepDraft(client: string, draft: Draft): boolean {
  try {
    if (Object.keys(draft.edits).length === 0) sessionStorage.removeItem(key(client));
    else sessionStorage.setItem(key(client), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}
