import { IconBook2 } from '@tabler/icons-react';
import type { Fields, TimelineItem } from '@/api/types';
import { Time } from '@/parts/Bits';
import { ActorChip } from '@/parts/Chips';
import css from './timeline.module.css';

export function Message({ item, customer }: { item: TimelineItem; customer?: string }) {
  const out = item.actor.kind !== 'customer';
  const articles = articlesOf(item);
  return (
    <article className={`${css.msg} ${out ? css.out : ''}`}>
      <div className={css.by}>
        <ActorChip actor={out ? item.actor : { ...item.actor, name: customer || item.actor.name }} />
        <Time ms={item.at_ms} />
      </div>
      <div className={`${css.bubble} ${css[item.actor.kind] ?? css.system}`} dir="auto">{item.body ?? item.title}</div>
      {articles.length > 0 && (
        <div className={css.by}><IconBook2 size={13} aria-hidden /> From {articles.join(', ')}</div>
      )}
    </article>
  );
}

function articlesOf(item: TimelineItem): string[] {
  const list = item.data && typeof item.data === 'object' ? (item.data as Fields).articles : undefined;
  if (!Array.isArray(list)) return [];
  return list.map((one) => (typeof one === 'string' ? one : String((one as Fields)?.title ?? (one as Fields)?.id ?? ''))).filter(Boolean);
}
