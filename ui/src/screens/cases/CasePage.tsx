import { SegmentedControl, Tabs } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import * as q from '@/api/queries';
import type { CaseDetail } from '@/api/types';
import { focusNow } from '@/lib/focusNow';
import { useKeys } from '@/lib/keys';
import { useClients } from '@/lib/useClients';
import { Show } from '@/parts/States';
import desk from '../desk/desk.module.css';
import { CaseActions } from './CaseActions';
import { CaseFacts } from './CaseFacts';
import { CaseHead } from './CaseHead';
import { Customer } from './Customer';
import { Composer, mayWhisper, type Writing } from './Composer';
import { mergeKeys, type MergeDialog } from './MergeSplit';
import { mayAnswer } from './mine';
import { useSeen } from './useSeen';
import { Effects } from './Effects';
import { Reasons } from './Reasons';
import { Knowledge, mayReadArticles } from './Knowledge';
import { Timeline } from './Timeline';
import css from './case.module.css';

export function CasePage() {
  const { client, id } = useParams({ strict: false }) as { client: string; id: string };
  const read = useQuery(q.caseOne(client, id));
  return <Show of={read}>{(one) => <Case one={one} key={one.id} />}</Show>;
}

function Case({ one }: { one: CaseDetail }) {
  const currency = useClients().currency(one.client);
  const box = useRef<HTMLTextAreaElement>(null);
  const [tab, setTab] = useState('talk');
  const [writing, setWriting] = useState<Writing>('reply');
  const [dialog, setDialog] = useState<MergeDialog>(null);
  const [put, setPut] = useState<{ text: string }>();
  const narrow = useMediaQuery('(max-width: 1000px)', false, { getInitialValueInEffect: false });
  useEffect(() => {
    document.title = `Case ${one.number} · Baton`;
  }, [one.number]);
  const write = (next: Writing) => focusNow(box, () => { setTab('talk'); setWriting(next); });
  const { data: session } = useQuery(q.session);
  useSeen(one.client, one.id);
  const open = one.state !== 'resolved' && one.state !== 'closed';
  const navigate = useNavigate();
  const work = one.work_items.find((item) => item.state === 'waiting' || item.state === 'claimed');
  useKeys({
    ...(open && { r: () => write('reply'), m: () => write('note') }),
    ...(work && { o: () => void navigate({ to: '/desk', search: { item: `${one.client}/${work.id}` } }) }),
    ...(open && mayWhisper(session, one.client) && { w: () => write('whisper') }),
    ...mergeKeys(session, one, setDialog),
  });
  return (
    <div className={css.page}>
      <CaseHead one={one} dialog={dialog} onDialog={setDialog} />
      {narrow && <div className={desk.tabs}><SegmentedControl fullWidth size="xs" value={tab} onChange={setTab} aria-label="What to show" data={[{ value: 'talk', label: 'Conversation' }, { value: 'side', label: 'Case' }]} /></div>}
      <div className={desk.panes} data-one={narrow ? '' : undefined}>
        {/* What is being written stays while the other part is shown. */}
        <div className={desk.talk} style={narrow && tab !== 'talk' ? { display: 'none' } : undefined}>
          <div className={desk.scroll} tabIndex={0} role="region" aria-label="Conversation and steps"><Timeline client={one.client} id={one.id} currency={currency} customer={one.customer.name} translates={one.translates} /></div>
          {open && <Composer key={`${one.client}/${one.id}`} client={one.client} id={one.id} customer={one.customer.name || 'the customer'} into={one.translates ? one.language : undefined} theirs={!mayAnswer(one, session)} box={box} writing={writing} onWriting={setWriting} put={put} />}
        </div>
        {(!narrow || tab === 'side') && <Side one={one} currency={currency} onText={open ? (text) => { setPut({ text }); write('reply'); } : undefined} />}
      </div>
    </div>
  );
}

const TABS = ['facts', 'customer', 'actions', 'effects', 'reasons', 'knowledge'];

function Side({ one, currency, onText }: { one: CaseDetail; currency: string; onText?: (text: string) => void }) {
  const { data: session } = useQuery(q.session);
  const reads = mayReadArticles(session, one.client);
  // Which part stands beside the conversation is in the address: it can be sent to a colleague.
  const search = useSearch({ strict: false }) as { tab?: string; steps?: string };
  const { tab = 'facts' } = search;
  const navigate = useNavigate();
  const show = (next: string | null) => void navigate({ to: '/cases/$client/$id', params: { client: one.client, id: one.id }, search: { ...search, tab: next === 'facts' ? undefined : (next ?? undefined) }, replace: true });
  return (
    <aside className={desk.side} aria-label="About the case">
      <Tabs value={TABS.includes(tab) && (reads || tab !== 'knowledge') ? tab : 'facts'} onChange={show} keepMounted={false} style={{ display: 'contents' }}>
        <Tabs.List className={css.sideTabs}>
          <Tabs.Tab value="facts">Case</Tabs.Tab>
          <Tabs.Tab value="customer">Customer</Tabs.Tab>
          <Tabs.Tab value="actions">Actions</Tabs.Tab>
          <Tabs.Tab value="effects">Effects</Tabs.Tab>
          <Tabs.Tab value="reasons">Reasons</Tabs.Tab>
          {reads && <Tabs.Tab value="knowledge">Knowledge</Tabs.Tab>}
        </Tabs.List>
        <div className={desk.sideBody}>
          <Tabs.Panel value="facts"><CaseFacts one={one} currency={currency} /></Tabs.Panel>
          <Tabs.Panel value="customer"><Customer client={one.client} id={one.customer.id} from={one.id} /></Tabs.Panel>
          <Tabs.Panel value="actions"><CaseActions client={one.client} id={one.id} currency={currency} /></Tabs.Panel>
          <Tabs.Panel value="effects"><Effects client={one.client} id={one.id} currency={currency} /></Tabs.Panel>
          <Tabs.Panel value="reasons"><Reasons client={one.client} id={one.id} /></Tabs.Panel>
          {reads && <Tabs.Panel value="knowledge"><Knowledge client={one.client} id={one.id} language={one.language} onText={onText} /></Tabs.Panel>}
        </div>
      </Tabs>
    </aside>
  );
}
