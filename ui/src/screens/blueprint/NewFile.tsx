import { Button, Popover, TextInput } from '@mantine/core';
import { useState } from 'react';

// As a blueprint's folders hold them.
const PATH = /^(?!.*\.\.)[a-z0-9][a-z0-9._-]*(\/[a-z0-9][a-z0-9._-]*)*\.(yaml|yml|md|cedar|json|csv)$/i;

/** Asks for the path of a file that is not there yet. */
export function NewFile({ taken, onAdd }: { taken: string[]; onAdd: (path: string) => void }) {
  const [open, setOpen] = useState(false);
  const [path, setPath] = useState('');
  const wanted = path.trim();
  const wrong = !wanted ? undefined : taken.includes(wanted) ? 'It is there already' : PATH.test(wanted) ? undefined : 'Such as processes/refund.yaml';
  const add = (event: React.FormEvent) => {
    event.preventDefault();
    if (!wanted || wrong) return;
    setOpen(false);
    setPath('');
    onAdd(wanted);
  };
  return (
    <Popover opened={open} onChange={setOpen} trapFocus position="bottom-start" withArrow>
      <Popover.Target><Button size="xs" variant="subtle" onClick={() => setOpen((now) => !now)}>New file…</Button></Popover.Target>
      <Popover.Dropdown>
        <form onSubmit={add}>
          <TextInput label="Path" description="In the blueprint’s folder" placeholder="processes/refund.yaml" data-autofocus error={wrong} value={path} onChange={(event) => setPath(event.currentTarget.value)} />
          <Button type="submit" size="xs" mt="xs" disabled={!wanted || wrong !== undefined}>Add</Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
