import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { RunRow } from '@/api/runTypes';
import { words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Time } from '@/parts/Bits';
import { RunStatusTag, Tag } from '@/parts/Chips';
import { VirtualTable } from '@/parts/VirtualTable';
import { errorLine, shortId } from './words';
import css from './runs.module.css';

const COLUMNS = ['Run', 'Status', 'Version', 'Case', 'Started', 'Last step', 'Error'];
const ROW_PX = 54;

export function RunTable({ rows, label = 'Runs' }: { rows: RunRow[]; label?: string }) {
  return <VirtualTable label={label} rows={rows} keyOf={(row) => `${row.client}/${row.id}`} columns={COLUMNS} cells={(row) => <Cells row={row} />} className={css.table} height={ROW_PX} />;
}

// Rows that scroll by are drawn once.
const Cells = memo(function Cells({ row }: { row: RunRow }) {
  const clients = useClients();
  return (
    <>
      <td className={css.name}>
        <Link to="/runs/$client/$id" params={{ client: row.client, id: row.id }} search={{}}>{words(row.process)}</Link>
        <span className={css.faint}>{clients.name(row.client)} · <span className="num">{shortId(row.id)}</span>{row.parent && ' · started by a run'}</span>
      </td>
      <td><RunStatusTag status={row.status} /></td>
      <td className="num">{row.version ?? '—'}{row.live === false && row.version && <> <Tag tone="calm">Earlier</Tag></>}</td>
      <td>{row.case ? <Link to="/cases/$client/$id" params={{ client: row.client, id: row.case }} search={{}}>Open case</Link> : '—'}</td>
      <td><Time ms={row.started_ms} /></td>
      <td><Time ms={row.changed_ms} ago /></td>
      <td className={css.error} title={errorLine(row.error)}>{errorLine(row.error) || '—'}</td>
    </>
  );
});
