import { Button, TextInput } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { IconGitPullRequest } from '@tabler/icons-react';
import { useState } from 'react';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import type { FileDiff, Proof, Proposal, ProposalDetail } from '@/api/rulesTypes';
import { words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Pick, Time } from '@/parts/Bits';
import { Tag, type Tone } from '@/parts/Chips';
import { More } from '@/parts/More';
import { Page, Panel } from '@/parts/Page';
import { Proofs } from '@/parts/Proofs';
import { Empty, Failure, Show } from '@/parts/States';
import { Needs } from './Needs';
import css from './changes.module.css';

const TONES: Record<Proposal['state'], Tone> = { open: 'accent', approved: 'warn', published: 'good', rejected: 'bad', rolled_back: 'calm' };

/** What steers AI and processes changes by proposals: what was checked, what would change, who said yes. */
export function Changes() {
  const search = useSearch({ strict: false }) as { client?: string; proposal?: string };
  const navigate = useNavigate();
  const clients = useClients();
  const client = search.client ?? clients.list[0]?.id;
  const go = (next: { client?: string; proposal?: string }) => void navigate({ to: '/changes', search: next as never, replace: true });
  return (
    <Page title="Changes" sub="Proposed, checked, approved by somebody else, published, taken back" tools={<Pick label="Client" value={client} options={clients.options} onPick={(next) => go({ client: next })} />}>
      {client ? <Of client={client} open={search.proposal} onOpen={(proposal) => go({ client, proposal })} /> : <Empty title="No client yet" />}
    </Page>
  );
}

function Of({ client, open, onOpen }: { client: string; open: string | undefined; onOpen: (id: string) => void }) {
  const read = useInfiniteQuery(q.proposals(client));
  const needs = read.data?.pages[0]?.needs;
  return (
    <div className={css.all}>
      <Show of={read}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.items);
          if (all.length === 0) return <Empty title="Nothing has been proposed" icon={<IconGitPullRequest size={26} aria-hidden />}>baton propose FOLDER makes a proposal.</Empty>;
          return (
            <Panel title="Proposals">
              <ul className={css.list}>
                {all.map((one) => <Row key={one.id} one={one} isOpen={one.id === open} onOpen={onOpen} />)}
              </ul>
              <More of={read} />
            </Panel>
          );
        }}
      </Show>
      {open && <Detail client={client} id={open} />}
      {needs && <Needs client={client} needs={needs} />}
    </div>
  );
}

function Row({ one, isOpen, onOpen }: { one: Proposal; isOpen: boolean; onOpen: (id: string) => void }) {
  return (
    <li>
      <button type="button" className={css.row} aria-current={isOpen} onClick={() => onOpen(one.id)}>
        <Tag tone={TONES[one.state]}>{words(one.state)}</Tag>
        <strong>{one.title}</strong>
        <span>{one.author}</span>
        {!one.ready && <Tag tone="bad">Checks failed</Tag>}
        <Time ms={one.created_ms} />
      </button>
    </li>
  );
}

function Detail({ client, id }: { client: string; id: string }) {
  const read = useQuery(q.proposal(client, id));
  return (
    <Show of={read}>
      {(one) => (
        <Panel title={one.title}>
          <div className={css.detail}>
            <p>{one.reason}</p>
            {one.publish_ms !== null && WAITS.includes(one.state) && <p>Published by itself once it is approved, <Time ms={one.publish_ms} /> at the earliest.</p>}
            <Checks client={client} one={one} />
            {one.votes.map((vote) => <p key={vote.voter}>{vote.voter}: {words(vote.verdict)} {vote.reason}</p>)}
            <Decide client={client} one={one} />
            {one.autonomy && <p>{one.autonomy.intent} / {one.autonomy.action}: {words(one.autonomy.level ?? 'as the release says')}</p>}
            {one.diff?.map((file) => <File key={file.file} file={file} />)}
          </div>
        </Panel>
      )}
    </Show>
  );
}

function Checks({ client, one }: { client: string; one: ProposalDetail }) {
  const proofs = proofsOf(one);
  return (
    <>
      <ul className={css.checks} aria-label="Checks">
        {one.checks.map((check) => <li key={check.name}><Tag tone={check.passed ? 'good' : 'bad'}>{check.passed ? 'Passed' : 'Failed'}</Tag> {check.name}: {check.says}</li>)}
      </ul>
      {proofs.length > 0 && <Proofs client={client} items={proofs} />}
    </>
  );
}

/** Each property as it was told when the change was proposed. */
function proofsOf(one: ProposalDetail): Proof[] {
  const details = one.checks.find((check) => check.name === 'proofs')?.details;
  return Array.isArray(details) ? (details as unknown as Proof[]) : [];
}

function Decide({ client, one }: { client: string; one: ProposalDetail }) {
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const act = useMutation({
    mutationFn: (verb: string) => http.post(`/clients/${seg(client)}/proposals/${seg(one.id)}/${verb}`, { reason }),
    onSuccess: () => { setReason(''); return queries.invalidateQueries(); },
  });
  const verbs = one.state === 'open' ? ['approve', 'reject'] : one.state === 'approved' ? ['publish'] : one.state === 'published' ? ['rollback'] : [];
  if (verbs.length === 0) return null;
  return (
    <div className={css.decide}>
      <TextInput size="xs" aria-label="Reason" placeholder="Reason" value={reason} onChange={(event) => setReason(event.currentTarget.value)} />
      {verbs.map((verb) => <Button key={verb} size="xs" variant={verb === 'reject' || verb === 'rollback' ? 'default' : 'filled'} loading={act.isPending} onClick={() => act.mutate(verb)}>{LABELS[verb]}</Button>)}
      {act.error && <Failure error={act.error} />}
    </div>
  );
}

const WAITS: Proposal['state'][] = ['open', 'approved'];
const LABELS: Record<string, string> = { approve: 'Approve', reject: 'Reject', publish: 'Publish', rollback: 'Take back' };

function File({ file }: { file: FileDiff }) {
  return (
    <section aria-label={file.file}>
      <h3 className={css.file}><Tag tone={file.what === 'removed' ? 'bad' : file.what === 'added' ? 'good' : 'accent'}>{words(file.what)}</Tag> {file.file}</h3>
      <pre className={css.diff} tabIndex={0}>
        {file.lines.map((line, at) => <span key={at} className={line.startsWith('+') ? css.plus : line.startsWith('-') ? css.minus : line.startsWith('@') ? css.at : undefined}>{`${line}\n`}</span>)}
      </pre>
    </section>
  );
}
