import { IconEar, IconNote } from '@tabler/icons-react';
import type { Fields, TimelineItem } from '@/api/types';
import { words } from '@/lib/format';
import { useNames } from '@/lib/names';
import { Time } from '@/parts/Bits';
import { ActorChip } from '@/parts/Chips';
import { FromCase } from './FromCase';
import css from './timeline.module.css';

/** What colleagues write for each other; no customer reads it. */
export function NoteLine({ client, item }: { client: string; item: TimelineItem }) {
  const names = useNames();
  const facts = (item.data ?? {}) as Fields;
  const named = Array.isArray(facts.mentions) ? facts.mentions.map((one) => names.member(String(one))) : [];
  const [kind, name] = typeof facts.to === 'string' ? facts.to.split(':') : [];
  const to = kind === 'member' ? names.member(name) : name === '*' ? 'the AI agent' : words(name ?? '');
  return (
    <article className={`${css.msg} ${css.out}`}>
      <div className={css.by}>
        {kind ? <IconEar size={13} aria-hidden /> : <IconNote size={13} aria-hidden />}
        {kind ? `Whispered to ${to}` : 'Note'} <ActorChip actor={item.actor} /> <Time ms={item.at_ms} /> <FromCase client={client} item={item} />
      </div>
      <div className={`${css.bubble} ${css.note}`} dir="auto">{item.body}</div>
      {named.length > 0 && <div className={css.by}>For {named.join(', ')}</div>}
      {kind === 'agent' && <div className={css.by}>{facts.taken_ms ? 'Read by the agent' : 'Not read yet'}</div>}
    </article>
  );
}
