import { ActionIcon, Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconArrowLeft } from '@tabler/icons-react';
import * as q from '@/api/queries';
import type { WorkItemDetail } from '@/api/types';
import { languageName, words } from '@/lib/format';
import { useNames } from '@/lib/names';
import { useClients } from '@/lib/useClients';
import { Due, Key, Time } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { CaseLinks } from '../cases/CaseLinks';
import { MergeMenu, type MergeDialog } from '../cases/MergeSplit';
import css from './desk.module.css';

interface Props {
  item: WorkItemDetail;
  mine: boolean;
  busy: boolean;
  onClaim: () => void;
  onBack?: () => void;
  onHand: () => void;
  dialog: MergeDialog;
  onDialog: (next: MergeDialog) => void;
}

// After a merge one stays on the desk: the head says where the case goes on, and undoes it.
const stay = () => undefined;

export function WorkHead({ item, mine, busy, onClaim, onBack, onHand, dialog, onDialog }: Props) {
  const clients = useClients();
  const { data: session } = useQuery(q.session);
  const { data } = useQuery({ ...q.caseOne(item.client, item.case ?? ''), enabled: Boolean(item.case) });
  return (
    <header className={css.workHead}>
      {onBack && <ActionIcon variant="subtle" color="gray" aria-label="Back to the queue" onClick={onBack}><IconArrowLeft size={18} /></ActionIcon>}
      <div className={css.workTitle}>
        <h2 dir="auto">{item.title}</h2>
        <div className={css.meta}>
          {item.case && <Link to="/cases/$client/$id" params={{ client: item.client, id: item.case }} search={{}}>Case {item.case_number ?? item.case}</Link>}
          <span>{clients.name(item.client)}</span>
          {data && <span>{data.customer.name}</span>}
          {data?.intent && <span>{words(data.intent)}</span>}
          {data && <span>{languageName(data.language)}</span>}
          <span>opened <Time ms={item.opened_ms} ago /></span>
          <Due ms={item.due_ms} from={item.opened_ms} over={item.state !== 'waiting' && item.state !== 'claimed'} />
          {data?.upset && item.state !== 'done' && <Tag tone="warn">Upset</Tag>}
          {needs(item).map((need) => <Tag key={need}>{need}</Tag>)}
        </div>
        {data && <CaseLinks one={data} />}
      </div>
      {item.state === 'waiting' && <Button size="xs" onClick={onClaim} loading={busy} rightSection={<Key>c</Key>}>Claim</Button>}
      {mine && <Button size="xs" variant="default" onClick={onHand} rightSection={<Key>h</Key>}>Hand to…</Button>}
      {mine && <Button size="xs" variant="default" onClick={onClaim} loading={busy} rightSection={<Key>c</Key>}>Give back</Button>}
      <Ended item={item} />
      {data && <MergeMenu session={session} one={data} dialog={dialog} onDialog={onDialog} onMerged={stay} />}
    </header>
  );
}

/** How an item ended, and by whom. */
function Ended({ item }: { item: WorkItemDetail }) {
  const names = useNames();
  if (item.state === 'cancelled') return <Tag>Withdrawn</Tag>;
  if (item.state === 'expired') return <Tag tone="warn">Expired: nobody decided in time</Tag>;
  if (item.state !== 'done') return null;
  const made = item.result && typeof item.result === 'object' && !Array.isArray(item.result) ? item.result.decision : null;
  const title = item.form.decisions.find((one) => one.id === made)?.title;
  return <Tag tone="good">{`${title ?? 'Done'} by ${names.member(item.claimed_by)}`}</Tag>;
}

function needs(item: WorkItemDetail): string[] {
  const { licences = [], languages = [], skills = [] } = item.needs ?? {};
  return [...licences.map((one) => `Licence: ${one}`), ...languages.map((one) => languageName(one)), ...skills.map(words)];
}
