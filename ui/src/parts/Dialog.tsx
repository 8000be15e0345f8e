import { Modal, type ModalProps } from '@mantine/core';
import { useEffect, useState } from 'react';
import { focusIsLost } from '@/lib/useFocusKept';

// What the dialog did is drawn by then, and may have said itself where the focus goes.
const AFTER_MS = 20;

/** A dialog that is open for as long as it is drawn. The focus goes back to what had it, and is not thrown to the beginning of the page. */
export function Dialog(props: Omit<ModalProps, 'opened'>) {
  // Mantine gives the focus back after those dialogs alone that it has seen opening.
  const [from] = useState(() => document.activeElement);
  useEffect(() => () => {
    setTimeout(() => {
      if (!focusIsLost() || from === document.body) return;
      const back = from instanceof HTMLElement && from.isConnected ? from : document.getElementById('main');
      back?.focus({ preventScroll: true });
    }, AFTER_MS);
  }, [from]);
  return <Modal opened {...props} />;
}
