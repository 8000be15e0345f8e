import { useQuery } from '@tanstack/react-query';
import type { ArticleRow } from '@/api/knowledgeTypes';
import * as q from '@/api/queries';
import { Tag } from '@/parts/Chips';
import { Empty, Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import css from './knowledge.module.css';

/** The articles of a client's live release. */
export function Articles({ client }: { client: string }) {
  const read = useQuery(q.articles(client));
  return (
    <Show of={read} rows={8}>
      {(data) => data.items.length === 0 ? <Empty title="No articles">Put Markdown files into the blueprint’s folder knowledge, or import them: baton knowledge import.</Empty> : (
        <div className={parts.tableWrap} tabIndex={0} role="region" aria-label="Articles">
          <table className={`${parts.table} ${css.table}`}>
            <thead><tr><th scope="col">Article</th><th scope="col">Language</th><th scope="col">For</th><th scope="col" className={parts.right}>Sections</th><th scope="col">Holds</th><th scope="col">Version</th><th scope="col">Owner</th></tr></thead>
            <tbody>{data.items.map((row) => <Row key={`${row.id}/${row.locale}`} row={row} />)}</tbody>
          </table>
        </div>
      )}
    </Show>
  );
}

function Row({ row }: { row: ArticleRow }) {
  const days = [row.valid_from && `from ${row.valid_from}`, row.valid_until && `until ${row.valid_until}`].filter(Boolean).join(' ');
  return (
    <tr>
      <td className={css.question}>
        <span lang={row.locale}>{row.title}</span>
        <span className={css.faint}>{row.id}{row.source && ` · from ${row.source.name}`}</span>
      </td>
      <td>{row.locale}</td>
      <td>{row.audience === 'internal' ? 'People of the operation' : 'Customers'}</td>
      <td className={`${parts.right} num`} title={row.sections.map((section) => section.heading).join('\n')}>{row.sections.length}</td>
      <td>{row.holds ? <Tag tone="good">Now</Tag> : <Tag tone="warn">Not now</Tag>}<span className={css.faint}> {days}</span></td>
      <td><code>{row.version}</code></td>
      <td>{row.owner ?? '—'}</td>
    </tr>
  );
}
