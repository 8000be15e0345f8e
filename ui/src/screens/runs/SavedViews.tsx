import { ActionIcon, Button, Popover, TextInput } from '@mantine/core';
import { IconBookmarkPlus, IconX } from '@tabler/icons-react';
import { useState, type SyntheticEvent } from 'react';
import type { Search } from './words';
import css from './runs.module.css';

const STORE = 'baton-run-views';
const VIEWS_MAX = 12;
interface View {
  name: string;
  search: Search;
}

function load(): View[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORE) ?? '[]');
    return Array.isArray(kept) ? (kept as View[]) : [];
  } catch {
    return [];
  }
}

/** Filters kept under a name in this browser; each is an address that can also be sent to a colleague. */
export function SavedViews({ search, onPick }: { search: Search; onPick: (search: Search) => void }) {
  const [views, setViews] = useState(load);
  const [naming, setNaming] = useState(false);
  const [name, setName] = useState('');
  const keep = (next: View[]) => {
    localStorage.setItem(STORE, JSON.stringify(next));
    setViews(next);
  };
  const save = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!name.trim()) return;
    keep([...views.filter((one) => one.name !== name.trim()), { name: name.trim(), search }].slice(-VIEWS_MAX));
    setName('');
    setNaming(false);
  };
  const empty = !Object.values(search).some(Boolean);
  return (
    <div className={css.views}>
      {views.map((view) => (
        <span key={view.name} className={css.view}>
          <button type="button" onClick={() => onPick(view.search)}>{view.name}</button>
          <ActionIcon size="xs" variant="transparent" color="gray" aria-label={`Forget the view ${view.name}`} onClick={() => keep(views.filter((one) => one !== view))}><IconX size={12} aria-hidden /></ActionIcon>
        </span>
      ))}
      <Popover opened={naming} onChange={setNaming} position="bottom-start" trapFocus withArrow>
        <Popover.Target>
          <Button size="xs" variant="subtle" disabled={empty} leftSection={<IconBookmarkPlus size={15} aria-hidden />} onClick={() => setNaming(!naming)}>Keep this view</Button>
        </Popover.Target>
        <Popover.Dropdown>
          <form onSubmit={save} className={css.naming}>
            <TextInput label="Name of the view" value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={40} required />
            <Button type="submit" size="xs">Keep</Button>
          </form>
        </Popover.Dropdown>
      </Popover>
    </div>
  );
}
