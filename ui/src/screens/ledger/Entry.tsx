import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import * as q from '@/api/queries';
import type { LedgerEntry } from '@/api/types';
import { useNames } from '@/lib/names';
import { effectOf, permitOf, phrase } from '@/lib/phrases';
import { useClients } from '@/lib/useClients';
import { Time } from '@/parts/Bits';
import { ActorChip } from '@/parts/Chips';
import { DataView } from '@/parts/DataView';
import { Why } from '../cases/Why';
import css from './ledger.module.css';

const BAD = /(failed|refused|unknown|faulted)$/;

export function Entry({ entry, open, onToggle }: { entry: LedgerEntry; open: boolean; onToggle: () => void }) {
  const names = useNames();
  const clients = useClients();
  const Mark = open ? IconChevronDown : IconChevronRight;
  return (
    <>
      <button type="button" className={css.line} aria-expanded={open} onClick={onToggle}>
        <span className={css.when}><Time ms={entry.at_ms} /></span>
        <span><ActorChip actor={entry.actor} /></span>
        <span className={`${css.what} ${BAD.test(entry.kind) ? css.bad : ''}`}>{phrase(entry.kind, entry.data, names)}</span>
        <span className={css.of}>{clients.name(entry.client)}</span>
        <Mark size={16} aria-hidden />
      </button>
      {open && <Detail entry={entry} />}
    </>
  );
}

function Detail({ entry }: { entry: LedgerEntry }) {
  const currency = useClients().currency(entry.client);
  return (
    <div className={css.open}>
      <div>
        <Allowed entry={entry} />
        <nav className={css.links} aria-label="From this entry">
          {entry.case && <Link to="/cases/$client/$id" params={{ client: entry.client, id: entry.case }} search={{}}>Open the case</Link>}
          {entry.case && <Link to="/ledger" search={{ client: entry.client, case: entry.case }}>All of this case</Link>}
          {entry.run && <RunLink client={entry.client} run={entry.run} />}
        </nav>
        <p className={css.faint}>
          {entry.kind} · {entry.id} · about {entry.subject}
          <br />
          {entry.leaf_index === null ? 'Not sealed yet; the next checkpoint takes it in.' : `Sealed as leaf ${entry.leaf_index}.`}
        </p>
      </div>
      <div><DataView value={entry.data} currency={currency} /></div>
    </div>
  );
}

/** Why it was allowed: said by the entry itself, or by the effect that it speaks of. */
function Allowed({ entry }: { entry: LedgerEntry }) {
  const own = permitOf(entry.data);
  const effect = effectOf(entry.data) ?? entry.subject;
  const look = !own && entry.kind.startsWith('action.') && Boolean(entry.case);
  const { data } = useQuery({ ...q.caseEffects(entry.client, entry.case ?? ''), enabled: look });
  const permit = own ?? data?.items.find((one) => one.id === effect)?.permit ?? null;
  if (permit && entry.kind !== 'action.refused') return <Why permit={permit} />;
  if (entry.actor.kind === 'member') return <p className={css.faint}>Done by a person, in a role that has the right to it.</p>;
  return null;
}

function RunLink({ client, run }: { client: string; run: string }) {
  const { data } = useQuery({ ...q.run(client, run), retry: false });
  if (!data) return null;
  return <Link to="/processes/$client/$name" params={{ client, name: data.process }} search={{ run }}>Path of the run</Link>;
}
