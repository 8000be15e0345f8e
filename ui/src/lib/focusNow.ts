import type { RefObject } from 'react';
import { flushSync } from 'react-dom';

/** Draws a change and focuses what it shows before the next key comes: a key typed right behind belongs to the box, and is no shortcut. */
export function focusNow(box: RefObject<HTMLElement | null>, change: () => void) {
  flushSync(change);
  box.current?.focus();
}
