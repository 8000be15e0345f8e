import { Button } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import type { WorkItem } from '@/api/types';
import { useClients } from '@/lib/useClients';
import { Due } from '@/parts/Bits';
import { Tag, WORK_KINDS } from '@/parts/Chips';
import { Empty } from '@/parts/States';
import { VirtualList } from '@/parts/VirtualList';
import { IconMoodCheck } from '@tabler/icons-react';
import css from './desk.module.css';

interface Props {
  mine: WorkItem[];
  waiting: WorkItem[];
  picked: string | undefined;
  onPick: (item: WorkItem) => void;
  more?: ReactNode;
  /** There are more waiting than are loaded. */
  partial?: boolean;
  /** Where only a part of the work is asked for: asks for all of it. */
  onAll?: () => void;
}
export const refOf = (item: { client: string; id: string }) => `${item.client}/${item.id}`;

export function QueueList({ mine, waiting, picked, onPick, more, partial, onAll }: Props) {
  if (mine.length + waiting.length === 0 && onAll) {
    return (
      <>
        <Empty title="Nothing of this waits" icon={<IconMoodCheck size={28} stroke={1.5} aria-hidden />}>Other work may: this is a part of it. What is new of this part appears here by itself.</Empty>
        <div className={css.all}><Button size="xs" variant="default" onClick={onAll}>Show all work</Button></div>
      </>
    );
  }
  if (mine.length + waiting.length === 0) {
    return <Empty title="All clear" icon={<IconMoodCheck size={28} stroke={1.5} aria-hidden />}>Nothing waits for a person. New work appears here by itself.</Empty>;
  }
  return (
    <>
      <Group title="Mine" items={mine} picked={picked} onPick={onPick} />
      <Group title="Waiting" partial={partial} items={waiting} picked={picked} onPick={onPick} />
      {more}
    </>
  );
}

interface GroupProps {
  title: string;
  partial?: boolean;
  items: WorkItem[];
  picked: string | undefined;
  onPick: (item: WorkItem) => void;
}
const ROW_PX = 62;

function Group(props: GroupProps) {
  if (props.items.length === 0) return null;
  return (
    <section aria-label={props.title}>
      <h2 className={css.group}>{props.title} <span className="num">{props.items.length}{props.partial ? '+' : ''}</span></h2>
      <VirtualList rows={props.items} keyOf={refOf} draw={(item) => <Row item={item} picked={props.picked === refOf(item)} onPick={() => props.onPick(item)} />} height={ROW_PX} shown={props.picked} />
    </section>
  );
}

function Row({ item, picked, onPick }: { item: WorkItem; picked: boolean; onPick: () => void }) {
  const clients = useClients();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (picked) button.current?.scrollIntoView({ block: 'nearest' });
  }, [picked]);
  return (
    <button ref={button} type="button" className={css.item} aria-current={picked} onClick={onPick}>
      <span className={css.itemTop}>
        <span className={css.itemTitle} dir="auto">{item.title}</span>
        <Tag tone={item.kind === 'approval' ? 'accent' : item.kind === 'takeover' ? 'member' : 'calm'}>{WORK_KINDS[item.kind] ?? item.kind}</Tag>
      </span>
      <span className={css.itemSub}>
        <span>{clients.name(item.client)}{item.case_number ? ` · ${item.case_number}` : ''}</span>
        <Due ms={item.due_ms} from={item.opened_ms} />
      </span>
    </button>
  );
}
