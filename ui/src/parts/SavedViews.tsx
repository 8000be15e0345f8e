import { ActionIcon, Button, Popover, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { IconBookmarkPlus, IconX } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import { http } from '@/api/http';
import * as q from '@/api/queries';
import { tellFailure } from '@/lib/tell';
import css from './parts.module.css';
import { tellUndo } from './undo';

type Filter = Record<string, unknown>;
interface View {
  screen: string;
  name: string;
  filter: Filter;
}
interface Props {
  screen: 'desk' | 'floor' | 'cases' | 'runs' | 'fixes' | 'performance' | 'ledger';
  filter: Filter;
  onPick: (filter: Filter) => void;
}

/** Filters kept under a name, for oneself, wherever one signs in; each is an address that can also be sent to a colleague. */
export function SavedViews({ screen, filter, onPick }: Props) {
  const queries = useQueryClient();
  const { data } = useQuery({ ...q.views, retry: false });
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const own = (data?.items ?? []).filter((one) => one.screen === screen);
  const refresh = () => queries.invalidateQueries({ queryKey: ['views'] });
  const keep = useMutation({
    mutationFn: () => http.post('/views', { screen, name: name.trim(), filter }),
    onSuccess: () => { setName(''); setNaming(false); },
    onError: tellFailure,
    onSettled: refresh,
  });
  const forget = useMutation({
    mutationFn: (gone: View) => http.delete('/views', { screen, name: gone.name }),
    // It is one's own alone: it goes at once, and comes back where it could not be forgotten.
    onMutate: async (gone) => {
      await queries.cancelQueries({ queryKey: ['views'] });
      queries.setQueryData(q.views.queryKey, (now) => now && { items: now.items.filter((one) => one.screen !== screen || one.name !== gone.name) });
    },
    onSuccess: (_done, gone) => tellUndo(`Forgotten: ${gone.name}`, async () => {
      await http.post('/views', { screen, name: gone.name, filter: gone.filter });
      await refresh();
    }),
    onError: tellFailure,
    onSettled: refresh,
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (name.trim()) keep.mutate();
  };
  const empty = !Object.values(filter).some(Boolean);
  return (
    <div className={css.views}>
      {own.map((view) => (
        <span key={view.name} className={css.view}>
          <button type="button" onClick={() => onPick(view.filter)}>{view.name}</button>
          <ActionIcon size="xs" variant="transparent" color="gray" aria-label={`Forget the view ${view.name}`} onClick={() => forget.mutate(view)}><IconX size={12} aria-hidden /></ActionIcon>
        </span>
      ))}
      <Popover opened={naming} onChange={setNaming} position="bottom-start" trapFocus withArrow>
        <Popover.Target>
          <Button size="xs" variant="subtle" disabled={empty} leftSection={<IconBookmarkPlus size={15} aria-hidden />} onClick={() => setNaming(!naming)}>Keep this view</Button>
        </Popover.Target>
        <Popover.Dropdown>
          <form onSubmit={submit} className={css.naming}>
            <TextInput label="Name of the view" value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={40} required />
            <Button type="submit" size="xs" loading={keep.isPending}>Keep</Button>
          </form>
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}
