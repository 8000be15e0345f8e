import { useEffect, useRef } from 'react';

/** Whether nothing on the page has the focus: what had it is gone. */
export const focusIsLost = () => document.activeElement === null || document.activeElement === document.body;

/** Where a button goes with what it changed, the focus stays on the page, and is not thrown to its beginning: looked at whenever `change` is another; empty before anything is known. */
export function useFocusKept(change: string) {
  const known = useRef(change);
  useEffect(() => {
    const before = known.current;
    if (before === change) return;
    known.current = change;
    // What is read for the first time changes nothing that had the focus.
    if (before === '') return;
    if (focusIsLost()) document.getElementById('main')?.focus();
  }, [change]);
}
