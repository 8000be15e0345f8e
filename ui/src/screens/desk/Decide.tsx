import { Button } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { WorkItemDetail } from '@/api/types';
import { useNames } from '@/lib/names';
import { focusIsLost } from '@/lib/useFocusKept';
import { Key } from '@/parts/Bits';
import { keyed, type Keyed } from './decisions';
import css from './desk.module.css';

interface Props {
  item: WorkItemDetail;
  mine: boolean;
  busy: boolean;
  onPick: (one: Keyed) => void;
  onClaim: () => void;
}

/** The decisions of a work item, each with its key. One decides only what one has claimed. */
export function Decide({ item, mine, busy, onPick, onClaim }: Props) {
  const names = useNames();
  const group = useRef<HTMLDivElement>(null);
  const had = useRef(mine);
  // The button that claimed is gone: the focus goes to the decisions, and to none of them, so that Enter once more decides nothing.
  useEffect(() => {
    if (mine && !had.current && focusIsLost()) group.current?.focus();
    had.current = mine;
  }, [mine]);
  if (item.state === 'done' || item.state === 'cancelled' || item.state === 'expired') return null;
  if (!mine) {
    return (
      <div className={css.decide}>
        {item.state === 'claimed' ? (
          <p className={css.decideHead}>Claimed by {names.member(item.claimed_by)}.</p>
        ) : (
          <Button onClick={onClaim} loading={busy} fullWidth rightSection={<Key>c</Key>}>Claim to decide</Button>
        )}
      </div>
    );
  }
  return (
    <div className={css.decide} role="group" aria-label="Decisions" ref={group} tabIndex={-1}>
      <div className={css.decideHead}>Your decision</div>
      <div className={css.decisions}>
        {keyed(item.form.decisions).map((one) => (
          <Button
            key={one.decision.id}
            variant={one.decision.primary ? 'filled' : 'default'}
            disabled={busy}
            onClick={() => onPick(one)}
            aria-keyshortcuts={one.key}
            justify="space-between"
            rightSection={<Key>{one.key}</Key>}
          >
            {one.decision.title}
          </Button>
        ))}
      </div>
    </div>
  );
}
