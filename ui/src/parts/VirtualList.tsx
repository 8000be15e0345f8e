import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react';

interface Props<Row> {
  rows: Row[];
  keyOf: (row: Row) => string;
  draw: (row: Row) => ReactNode;
  /** Height of a row as a rule, pixels. */
  height: number;
  label?: string;
  className?: string;
  rowClass?: string;
  /** Key of the row that is to be in sight. */
  shown?: string;
}
// Shorter lists are drawn whole: the browser's own find and print see all of them.
const WHOLE_MAX = 60;
const OVERSCAN = 10;

/** A list that draws only the rows one sees of it in what scrolls around it; every row still says the how-manieth of how many it is. */
export function VirtualList<Row>(props: Props<Row>) {
  const { rows, keyOf, draw, label, className, rowClass } = props;
  if (rows.length > WHOLE_MAX) return <Tall {...props} />;
  return <ul aria-label={label} className={className}>{rows.map((row) => <li key={keyOf(row)} className={rowClass}>{draw(row)}</li>)}</ul>;
}

const scroller = (of: HTMLElement | null) => of?.closest<HTMLElement>('[data-scrolls]') ?? null;

/** Pixels from the beginning of what scrolls to the list. */
function topWithin(list: HTMLElement | null): number {
  const box = scroller(list);
  return list && box ? list.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop : 0;
}

function Tall<Row>({ rows, keyOf, draw, height, label, className, rowClass, shown }: Props<Row>) {
  const list = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  // eslint-disable-next-line react-hooks/incompatible-library -- what it returns stays in this component
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller(list.current),
    getItemKey: (at) => keyOf(rows[at] as Row),
    estimateSize: () => height,
    overscan: OVERSCAN,
    scrollMargin: top,
  });
  useLayoutEffect(() => {
    setTop(topWithin(list.current));
  }, [rows.length]);
  const at = shown === undefined ? -1 : rows.findIndex((row) => keyOf(row) === shown);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' });
    // Only where another one is to be shown: whoever scrolls by hand stays where they are.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shown]);
  return (
    <ul ref={list} aria-label={label} className={className} style={{ position: 'relative', height: virtual.getTotalSize() }}>
      {virtual.getVirtualItems().map((one) => (
        <li key={one.key} ref={virtual.measureElement} data-index={one.index} aria-setsize={rows.length} aria-posinset={one.index + 1} className={rowClass} style={{ position: 'absolute', insetInline: 0, top: one.start - top }}>
          {draw(rows[one.index] as Row)}
        </li>
      ))}
    </ul>
  );
}
