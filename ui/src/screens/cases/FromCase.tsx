import { Link } from '@tanstack/react-router';
import type { Origin } from '@/api/mergeTypes';
import type { Fields, TimelineItem } from '@/api/types';
import css from './timeline.module.css';

/** Where something on a timeline is from, and where a message was split off to. */
export function FromCase({ client, item }: { client: string; item: TimelineItem }) {
  const there = splitInto(item);
  return (
    <>
      {item.from && <Link className={css.origin} to="/cases/$client/$id" params={{ client, id: item.from.case }} search={{}}>of case {item.from.number}</Link>}
      {there && <Link className={css.origin} to="/cases/$client/$id" params={{ client, id: there.case }} search={{}}>split off to case {there.number}</Link>}
    </>
  );
}

export function splitInto(item: TimelineItem): Origin | null {
  const data = item.data && typeof item.data === 'object' && !Array.isArray(item.data) ? (item.data as Fields) : {};
  return data.split_into && typeof data.split_into === 'object' ? (data.split_into as unknown as Origin) : null;
}
