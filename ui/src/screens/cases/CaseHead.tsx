import { Button, Group, Modal, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type SyntheticEvent } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { CaseDetail } from '@/api/types';
import { holds } from '@/lib/grants';
import { useKeys } from '@/lib/keys';
import { save } from '@/lib/save';
import { languageName, words } from '@/lib/format';
import { tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { useFocusKept } from '@/lib/useFocusKept';
import { Due, Key, Time } from '@/parts/Bits';
import { ActorChip, CaseStateTag, Tag } from '@/parts/Chips';
import desk from '../desk/desk.module.css';
import { TagMenu } from '../desk/HandoffBar';
import { CaseLinks } from './CaseLinks';
import { ChangeOutcome } from './ChangeOutcome';
import { mayMerge } from './mayMerge';
import { MergeButtons, type MergeSplitProps } from './MergeSplit';
import { isMine } from './mine';
import { TakeFrom } from './TakeFrom';

export function CaseHead({ one, dialog, onDialog }: MergeSplitProps) {
  const clients = useClients();
  const { data: session } = useQuery(q.session);
  const over = one.state === 'resolved' || one.state === 'closed';
  const mine = isMine(one, session);
  useFocusKept([one.state, mine, one.outcome_by ?? '', one.links?.merged_into?.case ?? '', one.links?.merged.length ?? 0].join('/'));
  return (
    <header className={desk.workHead}>
      <div className={desk.workTitle}>
        <h1 style={{ fontSize: '1.0625rem', overflowWrap: 'anywhere' }}><span className="num" style={{ color: 'var(--bt-muted)', fontWeight: 500 }}>{one.number}</span> <bdi>{one.subject || 'No subject'}</bdi></h1>
        <div className={desk.meta}>
          <CaseStateTag state={one.state} />
          {!over && one.upset && <Tag tone="warn">Upset</Tag>}
          <ActorChip actor={one.actor} />
          <Link to="/cases" search={{ client: one.client }}>{clients.name(one.client)}</Link>
          <Link to="/customers/$client/$id" params={{ client: one.client, id: one.customer.id }} search={{}}>{one.customer.name || 'Customer'}</Link>
          {one.intent && <span>{words(one.intent)}</span>}
          <span>{words(one.channel)}, {languageName(one.language)}</span>
          <span>opened <Time ms={one.opened_ms} ago /></span>
          <Due ms={one.due_ms} from={one.opened_ms} over={over} />
        </div>
        <CaseLinks one={one} />
      </div>
      <Export one={one} />
      <ChangeOutcome one={one} />
      {!over && !mine && one.actor.kind !== 'member' && mayMerge(session, one.client) && <Take one={one} />}
      {!over && !mine && <TakeFrom one={one} />}
      {(over || one.packet) && holds(session, TAGS, one.client) && <TagMenu client={one.client} id={one.id} trigger={one.packet?.trigger} label="What has to change" />}
      {!over && mine && <Return one={one} />}
      <MergeButtons session={session} one={one} dialog={dialog} onDialog={onDialog} />
    </header>
  );
}

const EXPORTS = ['auditor', 'ai_lead'];
// They say why a case failed.
const TAGS = ['ai_lead', 'supervisor', 'human_agent', 'finance_lead', 'knowledge_manager', 'designer', 'qa_analyst'];

/** The whole case as one file, with the proof of every entry: for whoever has to believe it without us. */
function Export({ one }: { one: CaseDetail }) {
  const { data: session } = useQuery(q.session);
  const may = holds(session, EXPORTS, one.client);
  const fetch = useMutation({
    mutationFn: () => http.post<unknown>(`/clients/${seg(one.client)}/cases/${seg(one.id)}/export`),
    onSuccess: (file) => save(`case-${one.client}-${one.number}.json`, JSON.stringify(file, null, 2), 'application/json'),
    onError: tellFailure,
  });
  if (!may) return null;
  return <Button size="xs" variant="default" loading={fetch.isPending} onClick={() => fetch.mutate()}>Export with proofs</Button>;
}

function useCaseVerb(one: CaseDetail, verb: string, after?: () => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: object) => http.post(`/clients/${seg(one.client)}/cases/${seg(one.id)}/${verb}`, body),
    onSuccess: () => {
      after?.();
      for (const key of ['case', 'timeline']) void queries.invalidateQueries({ queryKey: [key, one.client, one.id] });
      void queries.invalidateQueries({ queryKey: ['work'] });
    },
    onError: tellFailure,
  });
}

function Take({ one }: { one: CaseDetail }) {
  const take = useCaseVerb(one, 'take');
  useKeys({ c: () => { if (!take.isPending) take.mutate({}); } });
  return <Button size="xs" variant="default" loading={take.isPending} onClick={() => take.mutate({})} aria-keyshortcuts="c" rightSection={<Key>c</Key>}>Take over</Button>;
}

function Return({ one }: { one: CaseDetail }) {
  const [open, setOpen] = useState(false);
  const [instruction, setInstruction] = useState('');
  const back = useCaseVerb(one, 'return', () => setOpen(false));
  useKeys({ c: () => setOpen(true) });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    back.mutate({ instruction: instruction.trim() });
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpen(true)} aria-keyshortcuts="c" rightSection={<Key>c</Key>}>Return to AI</Button>
      <Modal opened={open} onClose={() => setOpen(false)} title="Return to AI" closeButtonProps={{ 'aria-label': 'Cancel' }}>
        <form onSubmit={submit}>
          <Textarea label="What it should do next" data-autofocus autosize minRows={2} value={instruction} onChange={(event) => setInstruction(event.currentTarget.value)} />
          <Group justify="flex-end" gap="xs" mt="md">
            <Button variant="default" onClick={() => setOpen(false)}>Cancel</Button>
            <Button type="submit" loading={back.isPending}>Return to AI</Button>
          </Group>
        </form>
      </Modal>
    </>
  );
}
