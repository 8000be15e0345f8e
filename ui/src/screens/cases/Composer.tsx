import { Button, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { IconSend2 } from '@tabler/icons-react';
import { useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import { http, seg } from '@/api/http';
import { newId } from '@/lib/id';
import { tellFailure } from '@/lib/tell';
import { Key } from '@/parts/Bits';
import css from './timeline.module.css';

interface Props {
  client: string;
  id: string;
  customer: string;
  box: RefObject<HTMLTextAreaElement | null>;
}

export function Composer({ client, id, customer, box }: Props) {
  const [text, setText] = useState('');
  const key = useRef(newId('msg'));
  const queries = useQueryClient();
  const send = useMutation({
    mutationFn: () => http.post(`/clients/${seg(client)}/cases/${seg(id)}/messages`, { text: text.trim(), external_id: key.current, as: 'member' }),
    onSuccess: () => {
      setText('');
      key.current = newId('msg');
      void queries.invalidateQueries({ queryKey: ['timeline', client, id] });
    },
    onError: tellFailure,
  });
  const go = () => {
    if (text.trim() && !send.isPending) send.mutate();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) go();
    if (event.key === 'Escape') box.current?.blur();
  };
  return (
    <form className={css.composer} onSubmit={(event) => { event.preventDefault(); go(); }}>
      <Textarea ref={box} aria-label={`Reply to ${customer}`} placeholder={`Reply to ${customer} …`} autosize minRows={1} maxRows={8} value={text} onChange={(event) => setText(event.currentTarget.value)} onKeyDown={press} />
      <div className={css.composerRow}>
        <span style={{ flex: 1 }}>Sent in your name. <Key>ctrl</Key> <Key>enter</Key> sends.</span>
        <Button type="submit" size="xs" disabled={!text.trim()} loading={send.isPending} leftSection={<IconSend2 size={15} aria-hidden />}>Send</Button>
      </div>
    </form>
  );
}
