import { Button, Menu } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { IconBolt } from '@tabler/icons-react';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { CaseAction } from '@/api/types';
import { useKeys } from '@/lib/keys';
import { useClients } from '@/lib/useClients';
import { Key } from '@/parts/Bits';
import { RunAction } from './RunAction';

/** Answers that people give often: the text goes into the reply, to be read and sent; the action's form opens with it. */
export function Macros({ client, id, onText }: { client: string; id: string; onText: (text: string) => void }) {
  const [open, setOpen] = useState(false);
  const [action, setAction] = useState<CaseAction | null>(null);
  const currency = useClients().currency(client);
  const { data } = useQuery({ ...q.macros(client, id), retry: false });
  const actions = useQuery({ ...q.caseActions(client, id), enabled: Boolean(data?.items.some((one) => one.action)), retry: false });
  const items = data?.items ?? [];
  useKeys(items.length > 0 ? { '.': () => setOpen(true) } : {});
  if (items.length === 0) return null;
  const pick = (at: number) => {
    const one = items[at];
    if (!one?.text) return;
    onText(one.text);
    const found = one.action ? actions.data?.items.find((known) => known.name === one.action) : undefined;
    if (found) setAction(found);
  };
  return (
    <>
      <Menu opened={open} onChange={setOpen} position="top-start" width={320} withinPortal trapFocus>
        <Menu.Target>
          <Button size="compact-xs" variant="subtle" leftSection={<IconBolt size={14} aria-hidden />} rightSection={<Key>.</Key>}>Macros</Button>
        </Menu.Target>
        <Menu.Dropdown>
          {items.map((one, at) => (
            <Menu.Item key={one.id} disabled={one.text === null} onClick={() => pick(at)} data-autofocus={at === 0 || undefined}>
              {one.title}
              <br />
              <small>{one.text ?? one.lacking}</small>
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {action && <RunAction client={client} id={id} currency={currency} action={action} onClose={() => setAction(null)} />}
    </>
  );
}
