import { Button, Checkbox, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import type { Found } from '@/api/knowledgeTypes';
import * as q from '@/api/queries';
import { share } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Tag } from '@/parts/Chips';
import { Empty, Show } from '@/parts/States';
import css from './knowledge.module.css';

/** A question put to the live articles: what an answer would be taken from. Nothing is kept. */
export function Try({ client }: { client: string }) {
  const clients = useClients();
  const [text, setText] = useState('');
  const [internal, setInternal] = useState(false);
  const [asked, setAsked] = useState('');
  const read = useQuery({ ...q.tryQuestion(client, asked, internal), enabled: asked !== '' });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setAsked(text.trim());
  };
  return (
    <div className={css.try}>
      <form className={css.form} onSubmit={submit}>
        <TextInput label={`A customer of ${clients.name(client)} asks`} value={text} onChange={(event) => setText(event.currentTarget.value)} maxLength={500} />
        <Checkbox label="Also internal articles" checked={internal} onChange={(event) => setInternal(event.currentTarget.checked)} mb={8} />
        <Button type="submit" disabled={!text.trim()}>Ask</Button>
      </form>
      {asked && (
        <Show of={read} rows={4}>
          {(data) => data.items.length === 0 ? <Empty title="No section speaks of it" /> : <ol className={css.found} aria-label="Sections, best first">{data.items.map((found) => <One key={`${found.source.article}#${found.source.section}`} found={found} />)}</ol>}
        </Show>
      )}
    </div>
  );
}

function One({ found }: { found: Found }) {
  return (
    <li>
      <div className={css.head}>
        <strong>{found.source.heading}</strong>
        {found.answers && !found.lacks && <Tag tone="good">Agents answer from this</Tag>}
        {found.lacks && <Tag tone="bad">Lacks a value</Tag>}
        <span className={css.faint}>{share(found.coverage)} of the question</span>
      </div>
      <p>{found.text ?? found.lacks}</p>
      <span className={css.faint}>{found.source.title} · {found.source.article}#{found.source.section} · version {found.source.version}</span>
    </li>
  );
}
