// Single-letter keys. They never fire while someone types, with a modifier held, in a dialog or in a menu, and can be turned off
// (WCAG 2.1.4).
import { useEffect, useRef, useSyncExternalStore } from 'react';

const STORE = 'baton-keys';
// Held down, these go on; any other key acts once: what claims would give back again.
const REPEATED = new Set(['j', 'k']);
const listeners = new Set<() => void>();

export function useKeysOn(): [boolean, (on: boolean) => void] {
  const on = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => localStorage.getItem(STORE) !== 'off',
  );
  const set = (next: boolean) => {
    localStorage.setItem(STORE, next ? 'on' : 'off');
    for (const listener of listeners) listener();
  };
  return [on, set];
}

// Where keys are letters or have a meaning of their own: fields, lists to pick from, menus (Enter picks, letters jump), dialogs.
const OWN_KEYS = 'input, textarea, select, [role="textbox"], [role="combobox"], [role="listbox"], [role="menu"], [role="dialog"]';

function taken(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return (target instanceof HTMLElement && target.isContentEditable) || target.closest(OWN_KEYS) !== null;
}

/** Whether a dialog is open, which keeps the focus. */
export const inDialog = () => document.querySelector('[role="dialog"][aria-modal="true"]') !== null;

/**
 * The key of an event as a KeyMap names it; null where it is no shortcut: while somebody types or composes, with a modifier (a
 * capital letter begins a sentence), in a menu, while a dialog is open.
 */
export function keyOf(event: KeyboardEvent): string | null {
  // A browser that fills in a form sends events without a key.
  if (!event.key || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.getModifierState('AltGraph')) return null;
  if (taken(event.target) || inDialog()) return null;
  if (event.key.length !== 1) return event.key;
  const letter = event.key.toLowerCase() !== event.key.toUpperCase();
  return letter && event.shiftKey ? null : event.key.toLowerCase();
}

export type KeyMap = Record<string, () => void>;

/** Calls the handler of the pressed key; the key is as KeyboardEvent.key says, letters lower-case. */
export function useKeys(map: KeyMap) {
  const kept = useRef(map);
  useEffect(() => {
    kept.current = map;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || (event.repeat && !REPEATED.has(event.key))) return;
      if (localStorage.getItem(STORE) === 'off' && event.key !== 'Escape') return;
      const key = keyOf(event);
      const handler = key === null ? undefined : kept.current[key];
      if (!handler) return;
      event.preventDefault();
      handler();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}
