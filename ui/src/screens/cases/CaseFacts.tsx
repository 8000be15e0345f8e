import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { IconRoute } from '@tabler/icons-react';
import * as q from '@/api/queries';
import type { CaseDetail, Packet } from '@/api/types';
import { words } from '@/lib/format';
import { Due } from '@/parts/Bits';
import { RunStatusTag, Tag, WORK_KINDS } from '@/parts/Chips';
import { PacketView } from './PacketView';
import css from './case.module.css';

export function CaseFacts({ one, currency }: { one: CaseDetail; currency: string }) {
  const packet: Packet = one.packet ?? { fields: one.fields, identity: one.identity };
  return (
    <div className={css.facts}>
      {one.outcome && <p>Outcome: <Tag tone="good">{words(one.outcome)}</Tag></p>}
      {one.work_items.length > 0 && (
        <ul className={css.list} aria-label="Work items">
          {one.work_items.map((item) => (
            <li key={item.id}>
              <Link to="/desk" search={{ item: `${one.client}/${item.id}` }} className={css.workLink}>
                <span style={{ fontWeight: 560 }}>{item.title}</span>
                <span className={css.faint} style={{ display: 'flex', gap: 10 }}>{WORK_KINDS[item.kind] ?? item.kind} · {words(item.state)} <Due ms={item.due_ms} from={item.opened_ms} over={item.state === 'done' || item.state === 'cancelled'} /></span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      <PacketView packet={packet} currency={currency} />
      {one.run && <RunLink client={one.client} id={one.run} />}
      <Link to="/ledger" search={{ client: one.client, case: one.id, configuration: '1' }}>All of this case in the ledger</Link>
    </div>
  );
}

function RunLink({ client, id }: { client: string; id: string }) {
  const { data } = useQuery({ ...q.run(client, id), retry: false });
  if (!data) return null;
  return (
    <Link to="/processes/$client/$name" params={{ client, name: data.process }} search={{ run: id }} className={css.workLink}>
      <span style={{ display: 'flex', gap: 8, alignItems: 'center' }}><IconRoute size={16} aria-hidden /> {words(data.process)} <RunStatusTag status={data.status} /></span>
      <span className={css.faint}>Its path through the process</span>
    </Link>
  );
}
