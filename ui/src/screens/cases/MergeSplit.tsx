import { Button, Menu } from '@mantine/core';
import { IconArrowsJoin } from '@tabler/icons-react';
import type { CaseDetail, Session } from '@/api/types';
import type { KeyMap } from '@/lib/keys';
import { Key } from '@/parts/Bits';
import { mayMerge } from './mayMerge';
import { MergeInto } from './MergeInto';
import { SplitOff } from './SplitOff';

/** The dialog by which a case becomes one with another, or two. */
export type MergeDialog = 'merge' | 'split' | null;
export interface MergeSplitProps {
  one: CaseDetail;
  dialog: MergeDialog;
  onDialog: (next: MergeDialog) => void;
  /** Instead of going to the case that goes on. */
  onMerged?: () => void;
}

/** What can be done with a case: merged while it is worked on, split while it is not in another. */
export function mergeVerbs(session: Session | null | undefined, one: CaseDetail | undefined): Exclude<MergeDialog, null>[] {
  if (!one || !mayMerge(session, one.client)) return [];
  const verbs: Exclude<MergeDialog, null>[] = [];
  if (one.state !== 'resolved' && one.state !== 'closed') verbs.push('merge');
  if (!one.links?.merged_into) verbs.push('split');
  return verbs;
}

const VERBS = { merge: { key: 'i', says: 'Merge into…' }, split: { key: 'b', says: 'Split off…' } };

/** The same keys wherever a case is shown. */
export function mergeKeys(session: Session | null | undefined, one: CaseDetail | undefined, onDialog: (next: MergeDialog) => void): KeyMap {
  return Object.fromEntries(mergeVerbs(session, one).map((verb) => [VERBS[verb].key, () => onDialog(verb)]));
}

/** Buttons, on the page of a case. */
export function MergeButtons({ session, ...props }: MergeSplitProps & { session: Session | null | undefined }) {
  return (
    <>
      {mergeVerbs(session, props.one).map((verb) => <Button key={verb} size="xs" variant="default" onClick={() => props.onDialog(verb)} rightSection={<Key>{VERBS[verb].key}</Key>}>{VERBS[verb].says}</Button>)}
      <Dialogs {...props} />
    </>
  );
}

/** A menu, where there is less room: beside a work item on the desk. */
export function MergeMenu({ session, ...props }: MergeSplitProps & { session: Session | null | undefined }) {
  const verbs = mergeVerbs(session, props.one);
  return (
    <>
      {verbs.length > 0 && (
        <Menu position="bottom-end" withArrow trapFocus menuItemTabIndex={0}>
          <Menu.Target><Button size="xs" variant="default" leftSection={<IconArrowsJoin size={14} aria-hidden />}>Merge, split</Button></Menu.Target>
          <Menu.Dropdown>
            {verbs.map((verb) => <Menu.Item key={verb} onClick={() => props.onDialog(verb)} rightSection={<Key>{VERBS[verb].key}</Key>}>{VERBS[verb].says}</Menu.Item>)}
          </Menu.Dropdown>
        </Menu>
      )}
      <Dialogs {...props} />
    </>
  );
}

function Dialogs({ one, dialog, onDialog, onMerged }: MergeSplitProps) {
  return (
    <>
      {dialog === 'merge' && <MergeInto one={one} onClose={() => onDialog(null)} onMerged={onMerged} />}
      {dialog === 'split' && <SplitOff one={one} onClose={() => onDialog(null)} />}
    </>
  );
}
