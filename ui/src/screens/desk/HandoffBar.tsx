import { Button, Menu } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconThumbDown, IconThumbUp } from '@tabler/icons-react';
import { useState } from 'react';
import type { FixType, Handoff } from '@/api/deskTypes';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { WorkItemDetail } from '@/api/types';
import { share, words } from '@/lib/format';
import { useKeys } from '@/lib/keys';
import { tellDone, tellFailure } from '@/lib/tell';
import { Key } from '@/parts/Bits';
import css from './desk.module.css';

export const FIX_TYPES: FixType[] = ['knowledge', 'conversation', 'automation', 'policy', 'model', 'routing'];

/** How good the handoff was: rated in one keystroke, tagged with what has to change in two. */
export function HandoffBar({ item, mine }: { item: WorkItemDetail; mine: boolean }) {
  const queries = useQueryClient();
  const handoff = item.handoff as Handoff;
  const base = `/clients/${seg(item.client)}`;
  const rate = useMutation({
    mutationFn: (rating: 'good' | 'lacking') => http.post(`${base}/work-items/${seg(item.id)}/rating`, { rating }),
    // Nobody else rates it: it stands there at once, and as it was where it could not be kept.
    onMutate: async (rating) => {
      const key = q.workItem(item.client, item.id).queryKey;
      await queries.cancelQueries({ queryKey: key });
      const before = queries.getQueryData(key);
      queries.setQueryData(key, (now) => now?.handoff ? { ...now, handoff: { ...now.handoff, rating } } : now);
      return before;
    },
    onError: (error, _rating, before) => {
      queries.setQueryData(q.workItem(item.client, item.id).queryKey, before);
      tellFailure(error);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['work', 'item', item.client, item.id] }),
  });
  useKeys(mine ? { '+': () => rate.mutate('good'), '-': () => rate.mutate('lacking') } : {});
  return (
    <div className={css.handoff} role="group" aria-label="Handoff">
      <span className={css.handoffScore}>Handoff <strong className="num">{share(handoff.score)}</strong></span>
      {handoff.reasked.length > 0 && <span className={css.handoffNote}>asked again: {handoff.reasked.map(words).join(', ')}</span>}
      {mine && (
        <>
          <Button size="compact-xs" variant={handoff.rating === 'good' ? 'filled' : 'default'} aria-pressed={handoff.rating === 'good'} aria-keyshortcuts="+" leftSection={<IconThumbUp size={13} aria-hidden />} rightSection={<Key>+</Key>} onClick={() => rate.mutate('good')}>Good</Button>
          <Button size="compact-xs" variant={handoff.rating === 'lacking' ? 'filled' : 'default'} aria-pressed={handoff.rating === 'lacking'} aria-keyshortcuts="-" leftSection={<IconThumbDown size={13} aria-hidden />} rightSection={<Key>-</Key>} onClick={() => rate.mutate('lacking')}>Lacking</Button>
        </>
      )}
      {item.case && <TagMenu client={item.client} id={item.case} trigger={item.trigger} />}
    </div>
  );
}

interface TagProps {
  client: string;
  id: string;
  trigger?: string | null;
  label?: string;
  /** Opened by T too; of several on a page one is. */
  keyed?: boolean;
}
/** What has to change so that this does not happen again. The suggestion stands first: T and Enter is all. */
export function TagMenu({ client, id, trigger, label = 'Why it came here', keyed = true }: TagProps) {
  const [open, setOpen] = useState(false);
  const queries = useQueryClient();
  const { data } = useQuery({ ...q.week(client), enabled: open, retry: false });
  const suggested = data?.untagged.find((one) => one.case === id)?.suggested;
  const tag = useMutation({
    mutationFn: (fix_type: FixType | undefined) => http.post<{ fix_type: FixType }>(`/clients/${seg(client)}/cases/${seg(id)}/tags`, fix_type ? { fix_type } : {}),
    onSuccess: (done) => {
      tellDone(`Tagged: ${words(done.fix_type)}`);
      void queries.invalidateQueries({ queryKey: ['fixes'] });
    },
    onError: tellFailure,
  });
  useKeys(keyed ? { t: () => setOpen(true) } : {});
  const rest = FIX_TYPES.filter((one) => one !== suggested);
  return (
    // The focus goes to the first item, and a key does not count as a click outside: T, then Enter.
    <Menu opened={open} onChange={setOpen} position="bottom-end" withArrow trapFocus withInitialFocusPlaceholder={false} clickOutsideEvents={['mousedown', 'touchstart']} menuItemTabIndex={0}>
      <Menu.Target>
        <Button size="compact-xs" variant="default" aria-keyshortcuts={keyed ? 't' : undefined} rightSection={keyed ? <Key>t</Key> : undefined}>{label}</Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>What has to change</Menu.Label>
        <Menu.Item data-autofocus onClick={() => tag.mutate(suggested)}>{suggested ? words(suggested) : 'As suggested'} <small>{trigger ? `suggested by: ${words(trigger).toLowerCase()}` : 'suggested'}</small></Menu.Item>
        {rest.map((one) => <Menu.Item key={one} onClick={() => tag.mutate(one)}>{words(one)}</Menu.Item>)}
      </Menu.Dropdown>
    </Menu>
  );
}
