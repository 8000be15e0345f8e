import { Link } from '@tanstack/react-router';
import type { CaseRow } from '@/api/types';
import { share, words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Due, Time } from '@/parts/Bits';
import { ActorChip, CaseStateTag } from '@/parts/Chips';
import parts from '@/parts/parts.module.css';
import css from './case.module.css';

export function CaseTable({ rows }: { rows: CaseRow[] }) {
  const clients = useClients();
  return (
    <div className={parts.tableWrap} tabIndex={0} role="region" aria-label="Cases">
      <table className={`${parts.table} ${css.cases}`}>
        <thead>
          <tr>
            <th scope="col">Case</th><th scope="col">Subject</th><th scope="col">Customer</th><th scope="col">Intent</th><th scope="col">State</th><th scope="col">Who has it</th><th scope="col">SLA</th><th scope="col" className={parts.right}>Changed</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.client}/${row.id}`}>
              <td className="num"><Link to="/cases/$client/$id" params={{ client: row.client, id: row.id }} search={{}}>{row.number}</Link></td>
              <td className={css.subject}>
                <Link to="/cases/$client/$id" params={{ client: row.client, id: row.id }} search={{}} tabIndex={-1}>{row.subject || 'No subject'}</Link>
                <span>{clients.name(row.client)} · {words(row.channel)}</span>
              </td>
              <td className={css.name}>{row.customer.name}</td>
              <td>{row.intent ? <>{words(row.intent)} {row.confidence !== null && <span className={`${css.faint} num`}>{share(row.confidence)}</span>}</> : <span className={css.faint}>—</span>}</td>
              <td><CaseStateTag state={row.state} /></td>
              <td><ActorChip actor={row.actor} /></td>
              <td>{row.state === 'resolved' || row.state === 'closed' ? <span className={css.faint}>{row.outcome ? words(row.outcome) : '—'}</span> : <Due ms={row.due_ms} from={row.opened_ms} />}</td>
              <td className={parts.right}><Time ms={row.changed_ms} ago /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
