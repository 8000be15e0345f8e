import { useVirtualizer } from '@tanstack/react-virtual';
import { useRef, useState, type ReactNode } from 'react';
import css from './parts.module.css';

interface Props<Row> {
  label: string;
  rows: Row[];
  keyOf: (row: Row) => string;
  /** Names of the columns; one that begins with '>' stands to the right. */
  columns: string[];
  /** The cells of a row, as td elements. */
  cells: (row: Row) => ReactNode;
  className?: string;
  /** Height of a row as a rule, pixels. */
  height: number;
}
// Shorter lists are drawn whole: the browser's own find and print see all of them.
const WHOLE_MAX = 100;
const OVERSCAN = 12;
// Rows before the new ones that stay in sight when a list that was whole grows.
const KEPT_IN_SIGHT = 8;

/** A table that draws only the rows one sees, and says to every aid how many there are and which these are. */
export function VirtualTable<Row>(props: Props<Row>) {
  // Whoever has asked for more stays where they were when the list becomes one that scrolls by itself.
  const [grows] = useState(props.rows.length <= WHOLE_MAX);
  return props.rows.length > WHOLE_MAX ? <Tall {...props} from={grows ? WHOLE_MAX - KEPT_IN_SIGHT : 0} /> : <Whole {...props} />;
}

function Head({ columns }: { columns: string[] }) {
  return (
    <thead>
      <tr aria-rowindex={1}>{columns.map((name) => <th key={name} scope="col" className={name.startsWith('>') ? css.right : undefined}>{name.replace('>', '')}</th>)}</tr>
    </thead>
  );
}

function Whole<Row>({ label, rows, keyOf, columns, cells, className }: Props<Row>) {
  return (
    <div className={css.tableWrap} tabIndex={0} role="region" aria-label={label}>
      <table className={`${css.table} ${className ?? ''}`}>
        <Head columns={columns} />
        <tbody>{rows.map((row) => <tr key={keyOf(row)}>{cells(row)}</tr>)}</tbody>
      </table>
    </div>
  );
}

function Tall<Row>({ label, rows, keyOf, columns, cells, className, height, from }: Props<Row> & { from: number }) {
  const scroll = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- what it returns stays in this component
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    getItemKey: (at) => keyOf(rows[at] as Row),
    estimateSize: () => height,
    initialOffset: from * height,
    overscan: OVERSCAN,
    useFlushSync: false,
  });
  const seen = virtual.getVirtualItems();
  const above = seen[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (seen.at(-1)?.end ?? 0);
  return (
    <div ref={scroll} className={`${css.tableWrap} ${css.tall}`} tabIndex={0} role="region" aria-label={label}>
      <table className={`${css.table} ${className ?? ''}`} aria-rowcount={rows.length + 1}>
        <Head columns={columns} />
        <tbody>
          <Space height={above} columns={columns.length} />
          {seen.map((one) => (
            <tr key={one.key} ref={virtual.measureElement} data-index={one.index} aria-rowindex={one.index + 2}>{cells(rows[one.index] as Row)}</tr>
          ))}
          <Space height={below} columns={columns.length} />
        </tbody>
      </table>
    </div>
  );
}

/** The height of rows that are not drawn. */
function Space({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return <tr aria-hidden className={css.space}><td colSpan={columns} style={{ height }} /></tr>;
}
