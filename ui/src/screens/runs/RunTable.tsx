import { Link } from '@tanstack/react-router';
import type { RunRow } from '@/api/runTypes';
import { words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Time } from '@/parts/Bits';
import { RunStatusTag, Tag } from '@/parts/Chips';
import parts from '@/parts/parts.module.css';
import { errorLine, shortId } from './words';
import css from './runs.module.css';

export function RunTable({ rows, label = 'Runs' }: { rows: RunRow[]; label?: string }) {
  const clients = useClients();
  return (
    <div className={parts.tableWrap} tabIndex={0} role="region" aria-label={label}>
      <table className={`${parts.table} ${css.table}`}>
        <thead>
          <tr>
            <th scope="col">Run</th><th scope="col">Status</th><th scope="col">Version</th><th scope="col">Case</th><th scope="col">Started</th><th scope="col">Last step</th><th scope="col">Error</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.client}/${row.id}`}>
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
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
