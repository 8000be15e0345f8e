import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { CaseRow } from '@/api/types';
import { share, words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Due, Time } from '@/parts/Bits';
import { ActorChip, CaseStateTag } from '@/parts/Chips';
import { VirtualTable } from '@/parts/VirtualTable';
import parts from '@/parts/parts.module.css';
import css from './case.module.css';

const COLUMNS = ['Case', 'Subject', 'Customer', 'Intent', 'State', 'Who has it', 'SLA', '>Changed'];
const ROW_PX = 54;

export function CaseTable({ rows }: { rows: CaseRow[] }) {
  return <VirtualTable label="Cases" rows={rows} keyOf={(row) => `${row.client}/${row.id}`} columns={COLUMNS} cells={(row) => <Cells row={row} />} className={css.cases} height={ROW_PX} />;
}

// Rows that scroll by are drawn once.
const Cells = memo(function Cells({ row }: { row: CaseRow }) {
  const clients = useClients();
  return (
    <>
      <td className="num"><Link to="/cases/$client/$id" params={{ client: row.client, id: row.id }} search={{}}>{row.number}</Link></td>
      <td className={css.subject}>
        <Link to="/cases/$client/$id" params={{ client: row.client, id: row.id }} search={{}} tabIndex={-1}>{row.subject || 'No subject'}</Link>
        <span>{clients.name(row.client)} · {words(row.channel)}</span>
      </td>
      <td className={css.name} dir="auto">{row.customer.name}</td>
      <td>{row.intent ? <>{words(row.intent)} {row.confidence !== null && <span className={`${css.faint} num`}>{share(row.confidence)}</span>}</> : <span className={css.faint}>—</span>}</td>
      <td><CaseStateTag state={row.state} /></td>
      <td><ActorChip actor={row.actor} /></td>
      <td>{row.state === 'resolved' || row.state === 'closed' ? <span className={css.faint}>{row.outcome ? words(row.outcome) : '—'}</span> : <Due ms={row.due_ms} from={row.opened_ms} />}</td>
      <td className={parts.right}><Time ms={row.changed_ms} ago /></td>
    </>
  );
});
