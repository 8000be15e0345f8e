import { IconBook2 } from '@tabler/icons-react';
import type { Citation } from '@/api/knowledgeTypes';
import type { Fields, TimelineItem } from '@/api/types';
import { Time } from '@/parts/Bits';
import { ActorChip } from '@/parts/Chips';
import { FromCase } from './FromCase';
import css from './timeline.module.css';

interface Source {
  words: string;
  place: string;
}

export function Message({ client, item, customer }: { client: string; item: TimelineItem; customer?: string }) {
  const out = item.actor.kind !== 'customer';
  const sources = sourcesOf(item);
  return (
    <article className={`${css.msg} ${out ? css.out : ''}`}>
      <div className={css.by}>
        <ActorChip actor={out ? item.actor : { ...item.actor, name: customer || item.actor.name }} />
        <Time ms={item.at_ms} />
        <FromCase client={client} item={item} />
      </div>
      <div className={`${css.bubble} ${css[item.actor.kind] ?? css.system}`} dir="auto">{item.body ?? item.title}</div>
      {sources.length > 0 && (
        <div className={css.by}>
          <IconBook2 size={13} aria-hidden /> From{' '}
          {sources.map((source) => <span key={source.place} title={source.place}>{source.words}</span>)}
        </div>
      )}
    </article>
  );
}

/** What an answer stands on: title and section where they were kept, else the article's id. */
function sourcesOf(item: TimelineItem): Source[] {
  const data = item.data && typeof item.data === 'object' ? (item.data as Fields) : {};
  if (Array.isArray(data.sources)) {
    return (data.sources as unknown as Citation[]).map((one) => ({
      words: one.heading === one.title ? one.title : `${one.title}: ${one.heading}`,
      place: `${one.article}#${one.section}, version ${one.version}`,
    }));
  }
  return Array.isArray(data.articles) ? data.articles.map((one) => ({ words: String(one), place: String(one) })) : [];
}
