// What has just been done and can be taken back: said with a button, and taken back by Z for as long as it is said.
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { newId } from '@/lib/id';
import { tellFailure } from '@/lib/tell';
import { Key } from './Bits';
import css from './parts.module.css';

// Long enough to be read, thought about and pressed.
const SAID_MS = 10_000;

interface Undoable {
  id: string;
  run: () => void;
}
/** The newest of what can be taken back now. */
let latest: Undoable | null = null;

const forget = (id: string) => {
  if (latest?.id === id) latest = null;
};

/** Takes back what was said last, where that still stands there. */
export const undoLatest = () => latest?.run();

/** Says what was done. `undo` does the opposite, and fails where that is not possible any more. */
export function tellUndo(message: string, undo: () => Promise<unknown>) {
  const id = newId('undo');
  let done = false;
  const run = () => {
    if (done) return;
    done = true;
    forget(id);
    notifications.hide(id);
    undo().catch(tellFailure);
  };
  latest = { id, run };
  notifications.show({
    id,
    color: 'pine',
    autoClose: SAID_MS,
    onClose: () => forget(id),
    message: (
      <span className={css.undo}>
        <span>{message}</span>
        <Button size="compact-xs" variant="light" aria-keyshortcuts="z" rightSection={<Key>z</Key>} onClick={run}>Undo</Button>
      </span>
    ),
  });
}
