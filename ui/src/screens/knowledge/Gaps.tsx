import { Button } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconMoodSmile } from '@tabler/icons-react';
import { http, seg } from '@/api/http';
import type { Gap, GapState } from '@/api/knowledgeTypes';
import * as q from '@/api/queries';
import { count, words } from '@/lib/format';
import { tellDone, tellFailure } from '@/lib/tell';
import { useClients } from '@/lib/useClients';
import { Filters, Pick, Time } from '@/parts/Bits';
import { Tag, type Tone } from '@/parts/Chips';
import { More } from '@/parts/More';
import { Empty, Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import css from './knowledge.module.css';

const STATES: Record<GapState, { label: string; tone: Tone }> = {
  open: { label: 'Open', tone: 'warn' },
  planned: { label: 'Planned', tone: 'accent' },
  answered: { label: 'Answered', tone: 'good' },
  dismissed: { label: 'Dismissed', tone: 'calm' },
};
const CHOICES = Object.entries(STATES).map(([value, { label }]) => ({ value, label }));
/** Where a question can go from where it stands. */
const NEXT: Record<GapState, GapState[]> = { open: ['planned', 'answered', 'dismissed'], planned: ['answered', 'dismissed'], answered: ['open'], dismissed: ['open'] };
const SAYS: Record<GapState, string> = { open: 'Open again', planned: 'Plan', answered: 'Answered', dismissed: 'Dismiss' };

interface Props {
  client: string | undefined;
  state: string | undefined;
  onState: (state: string | undefined) => void;
}
/** Questions that no article answers, most asked first. */
export function Gaps({ client, state, onState }: Props) {
  const read = useInfiniteQuery(q.gaps({ client, state }));
  const cache = useQueryClient();
  const settle = useMutation({
    mutationFn: ({ gap, to }: { gap: Gap; to: GapState }) => http.post(`/clients/${seg(gap.client)}/knowledge/gaps/${seg(gap.id)}/settle`, { state: to, note: gap.note }),
    onSuccess: (_, { to }) => {
      tellDone(`The question is ${STATES[to].label.toLowerCase()}`);
      void cache.invalidateQueries({ queryKey: ['gaps'] });
    },
    onError: tellFailure,
  });
  return (
    <div className={css.screen}>
      <Filters><Pick label="State" value={state} onPick={onState} options={CHOICES} all="Open and planned" /></Filters>
      <Show of={read} rows={8}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0) return <Empty title="Every question has an answer" icon={<IconMoodSmile size={26} aria-hidden />}>What customers ask and no article answers appears here, counted.</Empty>;
          return <><Rows rows={rows} onSettle={(gap, to) => settle.mutate({ gap, to })} busy={settle.isPending} /><More of={read} /></>;
        }}
      </Show>
    </div>
  );
}

function Rows({ rows, onSettle, busy }: { rows: Gap[]; onSettle: (gap: Gap, to: GapState) => void; busy: boolean }) {
  const clients = useClients();
  return (
    <div className={parts.tableWrap} tabIndex={0} role="region" aria-label="Open questions">
      <table className={`${parts.table} ${css.table}`}>
        <thead><tr><th scope="col">Question</th><th scope="col" className={parts.right}>Asked</th><th scope="col">Last</th><th scope="col">Why</th><th scope="col">State</th><th scope="col"><span className="vh">See to it</span></th></tr></thead>
        <tbody>
          {rows.map((gap) => (
            <tr key={`${gap.client}/${gap.id}`}>
              <td className={css.question}>
                <span dir="auto" lang={gap.language}>{gap.question}</span>
                <span className={css.faint}>{clients.name(gap.client)} · {gap.language}{gap.intent && ` · ${words(gap.intent)}`}{gap.note && ` · ${gap.note}`}</span>
              </td>
              <td className={`${parts.right} num`}>{gap.case ? <Link to="/cases/$client/$id" params={{ client: gap.client, id: gap.case }} search={{}} title="The case in which it was asked last">{count(gap.asked)}</Link> : count(gap.asked)}</td>
              <td><Time ms={gap.last_ms} ago /></td>
              <td>{gap.reason === 'no_fact' ? `No value of ${gap.detail ?? 'a policy fact'}` : 'No article'}</td>
              <td><Tag tone={STATES[gap.state].tone}>{STATES[gap.state].label}</Tag></td>
              <td><span className={css.doings}>{NEXT[gap.state].map((to) => <Button key={to} size="compact-xs" variant={to === 'dismissed' ? 'subtle' : 'light'} disabled={busy} aria-label={`${SAYS[to]}: ${gap.question}`} onClick={() => onSettle(gap, to)}>{SAYS[to]}</Button>)}</span></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
