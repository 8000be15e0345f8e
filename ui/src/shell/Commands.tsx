import { useMantineColorScheme } from '@mantine/core';
import { Spotlight, type SpotlightActionData } from '@mantine/spotlight';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { IconMoon, IconSearch, IconSun } from '@tabler/icons-react';
import { useState, type KeyboardEvent } from 'react';
import * as q from '@/api/queries';
import { screensOf } from './screens';

/** Enter takes the first one found where none is chosen. */
function first(event: KeyboardEvent<HTMLInputElement>) {
  const actions = event.currentTarget.closest('[role="dialog"]')?.querySelectorAll<HTMLElement>('[data-action]');
  if (event.key === 'Enter' && ![...(actions ?? [])].some((one) => one.dataset.selected)) actions?.[0]?.click();
}

/** The command palette: go anywhere, find a case by number, name or words. */
export function Commands() {
  const navigate = useNavigate();
  const { data: session } = useQuery(q.session);
  const { setColorScheme } = useMantineColorScheme();
  const [text, setText] = useState('');
  const search: SpotlightActionData = {
    id: 'find',
    label: text ? `Find cases with “${text}”` : 'Find cases',
    description: 'By number, customer or words',
    keywords: text,
    leftSection: <IconSearch size={18} aria-hidden />,
    onClick: () => void navigate({ to: '/cases', search: { q: text || undefined } }),
  };
  const screens = screensOf(session).map(({ to, label, says, icon: Icon }): SpotlightActionData => ({
    id: to,
    label,
    description: says,
    leftSection: <Icon size={18} aria-hidden />,
    onClick: () => void navigate({ to, search: {} }),
  }));
  const schemes: SpotlightActionData[] = [
    { id: 'light', label: 'Light appearance', leftSection: <IconSun size={18} aria-hidden />, onClick: () => setColorScheme('light') },
    { id: 'dark', label: 'Dark appearance', leftSection: <IconMoon size={18} aria-hidden />, onClick: () => setColorScheme('dark') },
  ];
  return (
    <Spotlight
      actions={[...screens, ...schemes, search]}
      query={text}
      onQueryChange={setText}
      nothingFound="Nothing found"
      shortcut="mod + K"
      searchProps={{ onKeyDown: first, placeholder: 'Go to, or find a case', 'aria-label': 'Search and commands', leftSection: <IconSearch size={18} aria-hidden /> }}
    />
  );
}
