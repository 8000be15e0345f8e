import { Modal, Switch } from '@mantine/core';
import { useKeysOn } from '@/lib/keys';
import { Key } from '@/parts/Bits';
import { SCREENS } from './screens';
import css from './shell.module.css';

const DESK: [string[], string][] = [
  [['n'], 'Take the next item from the queue'],
  [['j', 'k'], 'Next, previous item'],
  [['c'], 'Claim the item (again: give it back); on the page of a case: take it over from the AI, as a supervisor from a colleague, or return it'],
  [['letter'], 'Decide, as shown on each decision, 1–9 too; it asks before it is done'],
  [['+', '-'], 'Rate the handoff: good, lacking'],
  [['t'], 'Say why it came here; Enter takes the suggestion'],
  [['l'], 'Where a model is configured: the customer’s last message in your language; again: the original'],
  [['r'], 'Reply to the customer'],
  [[','], 'A reply drafted for you, to be read and changed before you send it'],
  [['.'], 'Macros: answers given often, put into the reply'],
  [['m'], 'Note for colleagues; name those who are to hear of it'],
  [['w'], 'On the page of a case, as a supervisor: whisper to whoever has it'],
  [['h'], 'Hand what you have to a colleague or another queue'],
  [['i'], 'Merge the case into another'],
  [['b'], 'Split messages off the case'],
  [['o'], 'Open the case on its own page; there: its work on the desk'],
];
const EVERYWHERE: [string[], string][] = [
  [['ctrl', 'k'], 'Search and commands'],
  [['z'], 'Undo what was just done, while it says that it can be'],
  [['?'], 'This help'],
  ...SCREENS.map((screen): [string[], string] => [['g', screen.key], `Go to ${screen.label}`]),
];

export function Help({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [on, setOn] = useKeysOn();
  return (
    <Modal opened={open} onClose={onClose} title="Keyboard" size="md" closeButtonProps={{ 'aria-label': 'Close' }}>
      <h3 className={css.group}>On the desk</h3>
      <List rows={DESK} />
      <h3 className={css.group} style={{ marginTop: 18 }}>Everywhere</h3>
      <List rows={EVERYWHERE} />
      <Switch mt="lg" checked={on} onChange={(event) => setOn(event.currentTarget.checked)} label="Single-key shortcuts" description="Turn off if they get in the way of dictation or other aids." />
    </Modal>
  );
}

function List({ rows }: { rows: [string[], string][] }) {
  return (
    <dl className={css.keys}>
      {rows.map(([keys, says]) => (
        <div key={says} style={{ display: 'contents' }}>
          <dt>{keys.map((key) => <Key key={key}>{key}</Key>)}</dt>
          <dd>{says}</dd>
        </div>
      ))}
    </dl>
  );
}
