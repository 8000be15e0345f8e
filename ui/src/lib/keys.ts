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

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

// A menu has its own keys: Enter picks, letters jump.
const inMenu = (target: EventTarget | null) => target instanceof Element && target.closest('[role="menu"]') !== null;

export type KeyMap = Record<string, () => void>;

/** Calls the handler of the pressed key; the key is as KeyboardEvent.key says, letters lower-case. */
export function useKeys(map: KeyMap) {
  const kept = useRef(map);
  useEffect(() => {
    kept.current = map;
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || (event.repeat && !REPEATED.has(event.key))) return;
      if (localStorage.getItem(STORE) === 'off' && event.key !== 'Escape') return;
      if (typing(event.target) || inMenu(event.target) || document.querySelector('[role="dialog"][aria-modal="true"]')) return;
      const handler = kept.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!handler) return;
      event.preventDefault();
      handler();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, []);
}
