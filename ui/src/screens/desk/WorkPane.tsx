import { SegmentedControl } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import * as q from '@/api/queries';
import type { Fields, WorkItemDetail } from '@/api/types';
import { focusNow } from '@/lib/focusNow';
import { holds } from '@/lib/grants';
import { useKeys, type KeyMap } from '@/lib/keys';
import { useClients } from '@/lib/useClients';
import { Empty, Loading, Show } from '@/parts/States';
import { CaseActions, MAY_CALL } from '../cases/CaseActions';
import { Composer, type Writing } from '../cases/Composer';
import { mergeKeys, type MergeDialog } from '../cases/MergeSplit';
import { mayAnswer } from '../cases/mine';
import { Knowledge, mayReadArticles } from '../cases/Knowledge';
import { useSeen } from '../cases/useSeen';
import { PacketView } from '../cases/PacketView';
import { Timeline } from '../cases/Timeline';
import { AskedFor, asksForCall } from './AskedFor';
import { Decide } from './Decide';
import { DecisionDialog } from './DecisionDialog';
import { keyed, needsDialog, type Keyed } from './decisions';
import { HandOver } from './HandOver';
import { HandoffBar } from './HandoffBar';
import { useDesk } from './useDesk';
import { WorkHead } from './WorkHead';
import css from './desk.module.css';

interface Props {
  client: string;
  id: string;
  /** To the list, where there is room for one of the two. */
  onBack?: () => void;
  onDone: () => void;
}

export function WorkPane(props: Props) {
  const read = useQuery(q.workItem(props.client, props.id));
  return <Show of={read}>{(item) => <Whole item={item} {...props} />}</Show>;
}

/** The item with its case, or nothing yet: keys never act while the box is still to come that they may be meant for. */
function Whole({ item, ...props }: Props & { item: WorkItemDetail }) {
  const one = useQuery({ ...q.caseOne(props.client, item.case ?? ''), enabled: Boolean(item.case) });
  return item.case && one.isPending ? <Loading /> : <Item item={item} {...props} />;
}

function Item({ item, client, onBack, onDone }: Props & { item: WorkItemDetail }) {
  const desk = useDesk();
  const navigate = useNavigate();
  const { data: session } = useQuery(q.session);
  const currency = useClients().currency(client);
  const box = useRef<HTMLTextAreaElement>(null);
  const [picked, setPicked] = useState<Keyed | null>(null);
  const [tab, setTab] = useState('talk');
  const [writing, setWriting] = useState<Writing>('reply');
  const [handing, setHanding] = useState(false);
  const [beside, setBeside] = useState('packet');
  const [put, setPut] = useState<{ text: string }>();
  const [dialog, setDialog] = useState<MergeDialog>(null);
  const { data: one } = useQuery({ ...q.caseOne(client, item.case ?? ''), enabled: Boolean(item.case) });
  const narrow = useMediaQuery('(max-width: 1120px)', false, { getInitialValueInEffect: false });
  const mine = item.state === 'claimed' && item.claimed_by === session?.member.id;
  const busy = desk.claim.isPending || desk.release.isPending || desk.complete.isPending;

  const decide = (one: Keyed, fields: Fields, note: string) =>
    desk.complete.mutate(
      { item, decision: one.decision.id, title: one.decision.title, fields, note, asked: picked !== null },
      { onSuccess: () => { setPicked(null); onDone(); } },
    );
  const pick = (one: Keyed, byKey = false) => {
    if (busy) return;
    // What went wrong with another decision says nothing of this one.
    desk.complete.reset();
    // One key decides nothing: it may have been meant for a box that had lost the focus.
    if (byKey || needsDialog(one.decision)) setPicked(one);
    else decide(one, {}, '');
  };
  const claim = () => { if (!busy) (mine ? desk.release : desk.claim).mutate(item); };
  const openCase = () => { if (item.case) void navigate({ to: '/cases/$client/$id', params: { client, id: item.case }, search: {} }); };
  const write = (next: Writing) => focusNow(box, () => { setTab('talk'); setWriting(next); });
  const answered = one !== undefined && !one.links?.merged_into;
  const keys: KeyMap = { c: claim, ...(answered && { r: () => write('reply'), m: () => write('note') }), o: openCase, ...(onBack && { Escape: onBack }), ...mergeKeys(session, one, setDialog) };
  if (mine) keys.h = () => setHanding(true);
  if (mine) keyed(item.form.decisions).forEach((one, at) => { keys[one.key] = () => pick(one, true); keys[String(at + 1)] ??= () => pick(one, true); });
  useKeys(keys);

  const talk = item.case ? (
    <div className={css.talk}>
      <div className={css.scroll} tabIndex={0} role="region" aria-label="Conversation and steps"><Talk client={client} id={item.case} currency={currency} /></div>
      <Reply client={client} id={item.case} box={box} writing={writing} onWriting={setWriting} put={put} />
    </div>
  ) : <Empty title="This item belongs to no case" />;
  const shown = [
    { value: 'packet', label: 'Packet' },
    ...(mayReadArticles(session, client) ? [{ value: 'knowledge', label: 'Knowledge' }] : []),
    ...(holds(session, MAY_CALL, client) ? [{ value: 'actions', label: 'Actions' }] : []),
  ];
  const side = (
    <aside className={css.side} aria-label="Packet and decisions">
      {item.case && shown.length > 1 && <div className={css.sideTabs}><SegmentedControl fullWidth size="xs" value={beside} onChange={setBeside} aria-label="Beside the conversation" data={shown} /></div>}
      {beside === 'actions' && item.case ? (
        <div className={css.sideBody} tabIndex={0} role="region" aria-label="Actions"><CaseActions client={client} id={item.case} currency={currency} /></div>
      ) : beside === 'knowledge' && item.case ? (
        <div className={css.sideBody} tabIndex={0} role="region" aria-label="Knowledge"><Knowledge client={client} id={item.case} language={one?.language} onText={one && !one.links?.merged_into ? (text) => { setPut({ text }); write('reply'); } : undefined} /></div>
      ) : (
        <div className={css.sideBody} tabIndex={0} role="region" aria-label="Packet"><About item={item} mine={mine} currency={currency} /></div>
      )}
      <Decide item={item} mine={mine} busy={busy} onPick={(one) => pick(one)} onClaim={claim} />
    </aside>
  );
  return (
    <>
      <WorkHead item={item} mine={mine} busy={busy} onClaim={claim} onBack={onBack} onHand={() => setHanding(true)} dialog={dialog} onDialog={setDialog} />
      {narrow && <div className={css.tabs}><SegmentedControl fullWidth size="xs" value={tab} onChange={setTab} aria-label="What to show" data={[{ value: 'talk', label: 'Conversation' }, { value: 'side', label: 'Packet and decision' }]} /></div>}
      <div className={css.panes} data-one={narrow ? '' : undefined}>
        {/* What is being written stays while the other part is shown. */}
        <div style={{ display: narrow && tab !== 'talk' ? 'none' : 'contents' }}>{talk}</div>
        {(!narrow || tab === 'side') && side}
      </div>
      {handing && <HandOver item={item} onClose={() => setHanding(false)} />}
      {picked && <DecisionDialog form={item.form} decision={picked.decision} currency={currency} busy={busy} problem={desk.complete.error} onClose={() => { if (!busy) { setPicked(null); desk.complete.reset(); } }} onConfirm={(fields, note) => decide(picked, fields, note)} />}
    </>
  );
}

/** What came with an item: a packet, or the call that somebody is asked about. */
function About({ item, mine, currency }: { item: WorkItemDetail; mine: boolean; currency: string }) {
  if (!item.packet && !asksForCall(item)) return <Empty title="No packet came with this" />;
  return (
    <>
      {asksForCall(item) && <AskedFor item={item} currency={currency} />}
      {item.handoff && item.packet && <HandoffBar item={item} mine={mine} />}
      {item.packet && <PacketView packet={item.packet} currency={currency} />}
    </>
  );
}

interface ReplyProps {
  client: string;
  id: string;
  box: React.RefObject<HTMLTextAreaElement | null>;
  writing: Writing;
  onWriting: (next: Writing) => void;
  put?: { text: string };
}
function Reply({ client, id, ...rest }: ReplyProps) {
  useSeen(client, id);
  const { data } = useQuery(q.caseOne(client, id));
  const { data: session } = useQuery(q.session);
  // What was merged into another is answered there.
  if (!data || data.links?.merged_into) return null;
  return <Composer key={`${client}/${id}`} client={client} id={id} customer={data.customer.name || 'the customer'} into={data.translates ? data.language : undefined} theirs={!mayAnswer(data, session)} {...rest} />;
}

function Talk({ client, id, currency }: { client: string; id: string; currency: string }) {
  const { data } = useQuery(q.caseOne(client, id));
  return <Timeline client={client} id={id} currency={currency} customer={data?.customer.name} translates={data?.translates} />;
}
