import { Button, Checkbox, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import type { Found } from '@/api/knowledgeTypes';
import * as q from '@/api/queries';
import { share } from '@/lib/format';
import { holds } from '@/lib/grants';
import { Tag } from '@/parts/Chips';
import { Empty, Show } from '@/parts/States';
import type { Session } from '@/api/types';
import css from '../knowledge/knowledge.module.css';

const READERS = ['ai_lead', 'supervisor', 'human_agent', 'knowledge_manager', 'designer', 'qa_analyst', 'client_success', 'auditor'];
export const mayReadArticles = (session: Session | null | undefined, client: string) => holds(session, READERS, client);
// The server takes no longer question.
const QUESTION_CHARS_MAX = 500;

interface Props {
  client: string;
  id: string;
  /** The customer's language: what they wrote is looked for in it, what one types in the client's own. */
  language?: string;
  /** Puts a text into the reply; left out where nothing can be written. */
  onText?: (text: string) => void;
}

/** What the articles say to what the customer wrote last, or to whatever one asks. */
export function Knowledge({ client, id, language, onText }: Props) {
  const timeline = useQuery(q.timeline(client, id));
  const wrote = timeline.data?.items.findLast((item) => item.kind === 'message' && item.actor.kind === 'customer')?.body ?? '';
  const [typed, setTyped] = useState<string>();
  const [asked, setAsked] = useState<string>();
  const [internal, setInternal] = useState(true);
  const last = wrote.slice(0, QUESTION_CHARS_MAX);
  const question = asked ?? last;
  const read = useQuery({ ...q.tryQuestion(client, question, internal, asked === undefined ? language : undefined), enabled: question.trim() !== '', retry: false });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setAsked((typed ?? last).trim());
  };
  return (
    <div className={css.try}>
      <form className={css.form} onSubmit={submit} role="search" aria-label="Articles">
        <TextInput label="Look for" value={typed ?? last} onChange={(event) => setTyped(event.currentTarget.value)} maxLength={QUESTION_CHARS_MAX} />
        <Button type="submit" variant="default" disabled={!(typed ?? last).trim()}>Find</Button>
      </form>
      <Checkbox size="xs" label="Also internal articles" checked={internal} onChange={(event) => setInternal(event.currentTarget.checked)} />
      {question.trim() === '' ? <Show of={timeline} rows={4}>{() => <Empty title="The customer has written nothing" />}</Show> : (
        <Show of={read} rows={4}>
          {(data) => data.items.length === 0 ? <Empty title="No article speaks of it" /> : (
            <ol className={css.found} aria-label="Sections, best first">
              {data.items.map((found) => <Section key={`${found.source.article}#${found.source.section}`} found={found} onText={onText} />)}
            </ol>
          )}
        </Show>
      )}
    </div>
  );
}

function Section({ found, onText }: { found: Found; onText?: (text: string) => void }) {
  const text = found.text;
  return (
    <li>
      <div className={css.head}>
        <strong>{found.source.heading}</strong>
        {found.audience === 'internal' && <Tag tone="warn">Internal</Tag>}
        {found.lacks && <Tag tone="bad">Lacks a value</Tag>}
        <span className={css.faint}>{share(found.coverage)}</span>
      </div>
      <p dir="auto">{text ?? found.lacks}</p>
      <div className={css.head}>
        <span className={css.faint}>{found.source.title} · version {found.source.version}</span>
        {/* What is for people of the operation alone is not put where the customer reads it. */}
        {text !== null && found.audience === 'customer' && onText && <Button size="compact-xs" variant="subtle" aria-label={`Put ${found.source.heading} into the reply`} onClick={() => onText(text)}>Into the reply</Button>}
      </div>
    </li>
  );
}
