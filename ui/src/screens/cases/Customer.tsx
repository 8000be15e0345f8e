import { Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import * as q from '@/api/queries';
import type { Likeness, Person, Seen } from '@/api/customerTypes';
import { languageName, words } from '@/lib/format';
import { holds } from '@/lib/grants';
import { useNames } from '@/lib/names';
import { Time } from '@/parts/Bits';
import { CaseStateTag, Tag } from '@/parts/Chips';
import { Show } from '@/parts/States';
import { FindCustomer } from './FindCustomer';
import { LinkDialog, type Asked } from './LinkDialog';
import css from './case.module.css';

const LINKERS = ['supervisor', 'human_agent'];
const CHANNELS: Record<string, string> = { chat: 'Web chat', email: 'E-mail', voice: 'Phone', api: 'Outside id', a2a: 'Outside agent' };
const SEEN: Record<Seen, string> = { verified: 'verified', address: 'writes from it', claimed: 'only says so' };
const KINDS: Record<string, string> = { account: 'Account', email: 'E-mail', phone: 'Phone', number: 'Number' };

interface Props {
  client: string;
  id: string;
  /** The case beside which it is shown. */
  from?: string;
}

/** Who the customer is on each channel, their cases, and who else may be the same. Two are made one by hand, never by themselves. */
export function Customer({ client, id, from }: Props) {
  const read = useQuery(q.person(client, id));
  const { data: session } = useQuery(q.session);
  const [asked, setAsked] = useState<Asked | null>(null);
  const may = holds(session, LINKERS, client);
  return (
    <Show of={read}>
      {(one) => (
        <div className={css.facts}>
          <Who one={one} client={client} />
          <Linked one={one} may={may} onAsk={setAsked} />
          <Same one={one} client={client} may={may} onAsk={setAsked} />
          {may && <FindCustomer client={client} not={one.id} onAsk={setAsked} />}
          <Cases one={one} from={from} />
          {asked && <LinkDialog client={client} customer={one} from={from} asked={asked} onClose={() => setAsked(null)} />}
        </div>
      )}
    </Show>
  );
}

function Who({ one, client }: { one: Person; client: string }) {
  return (
    <section className={css.facts} aria-label="Who it is">
      <h2 className={css.head}><Link to="/customers/$client/$id" params={{ client, id: one.id }} search={{}}>{one.name || 'Without a name'}</Link></h2>
      <p className={css.faint}>{languageName(one.locale)}, first here <Time ms={one.created_ms} ago />{one.held ? ` · data held: ${one.held}` : ''}</p>
      <dl className={css.pairs}>
        {one.identities.map((known) => (
          <div key={`${known.channel}/${known.address}`}><dt>{CHANNELS[known.channel] ?? words(known.channel)}</dt><dd>{known.channel === 'chat' ? 'A visitor' : known.address}</dd></div>
        ))}
        {one.accounts.map((account) => <div key={account}><dt>Account, verified</dt><dd>{account}</dd></div>)}
      </dl>
    </section>
  );
}

function Linked({ one, may, onAsk }: { one: Person; may: boolean; onAsk: (asked: Asked) => void }) {
  const names = useNames();
  if (one.linked.length === 0) return null;
  return (
    <section aria-label="Linked customers">
      <h3 className={css.head}>Linked</h3>
      <ul className={css.list}>
        {one.linked.map((link) => (
          <li key={link.customer.id} className={css.action}>
            <div><strong style={{ fontWeight: 560 }}>{link.customer.name || 'Without a name'}</strong><p>{link.reason} · {names.member(link.by.replace(/^member:/, ''))}, <Time ms={link.at_ms} ago /></p></div>
            {may && <Button size="compact-xs" variant="default" onClick={() => onAsk({ other: link.customer, undo: true, proved: true })} aria-label={`Unlink ${link.customer.name || 'this customer'}`}>Unlink</Button>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Same({ one, client, may, onAsk }: { one: Person; client: string; may: boolean; onAsk: (asked: Asked) => void }) {
  if (one.looks_same.length === 0) return null;
  return (
    <section aria-label="Who looks the same">
      <h3 className={css.head}>Looks the same</h3>
      <ul className={css.list}>
        {one.looks_same.map((like) => (
          <li key={like.customer.id} className={css.action}>
            <div>
              <Group gap={8}><Link to="/customers/$client/$id" params={{ client, id: like.customer.id }} search={{}}>{like.customer.name || 'Without a name'}</Link>{like.proved ? <Tag tone="good">Verified for both</Tag> : <Tag tone="warn">Not verified for both</Tag>}</Group>
              <By like={like} />
            </div>
            {may && <Button size="compact-xs" variant="default" onClick={() => onAsk({ other: like.customer, undo: false, proved: like.proved })} aria-label={`Link ${like.customer.name || 'this customer'}`}>Link</Button>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function By({ like }: { like: Likeness }) {
  return <>{like.by.map((same) => <p key={`${same.kind}/${same.text}`}>{KINDS[same.kind]} {same.text}: {SEEN[same.here]} here, {SEEN[same.there]} there</p>)}</>;
}

function Cases({ one, from }: { one: Person; from?: string }) {
  return (
    <section aria-label="Cases of the customer">
      <h3 className={css.head}>Cases</h3>
      <ul className={css.list}>
        {one.cases.map((row) => (
          <li key={row.id}>
            <Link to="/cases/$client/$id" params={{ client: row.client, id: row.id }} search={{}} className={css.workLink} aria-current={row.id === from ? 'page' : undefined}>
              <span style={{ fontWeight: 560, overflowWrap: 'anywhere' }}><span className="num">{row.number}</span> {row.subject || 'No subject'}</span>
              <span className={css.faint} style={{ display: 'flex', gap: 10, alignItems: 'center' }}>{CHANNELS[row.channel] ?? words(row.channel)} <CaseStateTag state={row.state} /> <Time ms={row.opened_ms} ago /></span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
