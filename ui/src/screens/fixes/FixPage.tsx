import { Button, Group, Select, TextInput, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState, type SyntheticEvent } from 'react';
import type { Evidence, Fix, FixState } from '@/api/deskTypes';
import { http, seg } from '@/api/http';
import * as q from '@/api/queries';
import { count, words } from '@/lib/format';
import { useMembers } from '@/lib/names';
import { tellDone } from '@/lib/tell';
import { Time } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { Page, Panel } from '@/parts/Page';
import { Show, Wrong } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import { hours } from './Fixes';
import css from './fixes.module.css';

const NEXT: Record<FixState, FixState[]> = {
  open: ['doing', 'dropped'], doing: ['testing', 'released', 'open', 'dropped'], testing: ['released', 'open', 'dropped'],
  released: ['kept', 'doing', 'open'], kept: ['open'], dropped: ['open'],
};

/** One fix: its cause, its cases, who makes it, and whether it helped. */
export function FixPage() {
  const { client, id } = useParams({ strict: false }) as { client: string; id: string };
  const read = useQuery(q.fix(client, id));
  return (
    <Page title={read.data ? words(read.data.title) : 'Fix'} sub={<Link to="/fixes" search={{}}>Fixes</Link>}>
      <Show of={read} rows={8}>
        {(fix) => (
          <div className={css.two}>
            <div className={css.stack}>
              <Worth fix={fix} />
              <Cases client={client} rows={fix.evidence} />
            </div>
            <Panel title="What becomes of it"><Edit key={fix.state} fix={fix} /></Panel>
          </div>
        )}
      </Show>
    </Page>
  );
}

function Worth({ fix }: { fix: Fix }) {
  return (
    <Panel title="What it is worth" side={<Tag tone="accent">{words(fix.fix_type)}</Tag>}>
      <p className={css.big}><strong className="num">{hours(fix.hours_a_month)}</strong> hours of people a month</p>
      <p className={css.pad}>{count(fix.cases)} cases in the last 30 days, {hours(fix.minutes)} minutes each. {fix.release || fix.state === 'released' || fix.state === 'kept' ? `Since it went live: ${count(fix.since_release)} cases.` : 'Not live yet.'}</p>
    </Panel>
  );
}

function Cases({ client, rows }: { client: string; rows: Evidence[] }) {
  return (
    <Panel title="Cases behind it">
      <div tabIndex={0} role="region" aria-label="Cases behind it" style={{ overflowX: 'auto' }}>
        <table className={parts.table}>
          <thead><tr><th scope="col">Case</th><th scope="col">What was tagged</th><th scope="col">In words</th><th scope="col" className={parts.right}>Minutes</th><th scope="col">When</th></tr></thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.case}/${row.source}`}>
                <td><Link to="/cases/$client/$id" params={{ client, id: row.case }} search={{}}>{row.number}: {row.subject}</Link></td>
                <td>{words(row.source)}</td>
                <td>{row.note || '—'}</td>
                <td className={`${parts.right} num`}>{hours(row.minutes)}</td>
                <td><Time ms={row.tagged_ms} ago /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Edit({ fix }: { fix: Fix }) {
  const queries = useQueryClient();
  const { data: members } = useMembers();
  const [state, setState] = useState<string | null>(fix.state);
  const [owner, setOwner] = useState<string | null>(fix.owner);
  const [test, setTest] = useState(fix.test ?? '');
  const [release, setRelease] = useState(fix.release ?? '');
  const [note, setNote] = useState(fix.note);
  const save = useMutation({
    mutationFn: () => {
      const body: Record<string, string> = { note };
      if (state && state !== fix.state) body.state = state;
      if (owner && owner !== fix.owner) body.owner = owner;
      if (test.trim()) body.test = test.trim();
      if (release.trim()) body.release = release.trim();
      return http.post(`/clients/${seg(fix.client)}/fixes/${seg(fix.id)}`, body);
    },
    onSuccess: () => {
      tellDone('Saved');
      void queries.invalidateQueries({ queryKey: ['fixes'] });
    },
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const states = [fix.state, ...NEXT[fix.state]].map((value) => ({ value, label: words(value) }));
  const people = (members?.items ?? []).map((one) => ({ value: one.id, label: one.name }));
  return (
    <form onSubmit={submit} className={css.form}>
      <Select label="State" data={states} value={state} onChange={setState} allowDeselect={false} />
      <Select label="Owner" data={people} value={owner} onChange={setOwner} searchable placeholder="Nobody yet" />
      <TextInput label="Behaviour test" description="The scenario that shows it" value={test} onChange={(event) => setTest(event.currentTarget.value)} />
      <TextInput label="Release" description="The release that brought it" value={release} onChange={(event) => setRelease(event.currentTarget.value)} />
      <Textarea label="Note" autosize minRows={2} maxRows={8} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
      <Wrong error={save.error} />
      <Group justify="flex-end"><Button type="submit" loading={save.isPending}>Save</Button></Group>
    </form>
  );
}
