import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconRoute } from '@tabler/icons-react';
import * as q from '@/api/queries';
import { words } from '@/lib/format';
import { useClients } from '@/lib/useClients';
import { Pick, Time } from '@/parts/Bits';
import { RunStatusTag } from '@/parts/Chips';
import { More } from '@/parts/More';
import { Page, Panel } from '@/parts/Page';
import { Empty, Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import css from './process.module.css';

export function Processes() {
  const search = useSearch({ strict: false }) as { client?: string };
  const navigate = useNavigate();
  const clients = useClients();
  const client = search.client ?? clients.list[0]?.id;
  return (
    <Page title="Processes" sub="How cases move, and what each run did" tools={<Pick label="Client" value={client} options={clients.options} onPick={(next) => void navigate({ to: '/processes', search: { client: next }, replace: true })} />}>
      {client ? <Of client={client} /> : <Empty title="No client yet" />}
    </Page>
  );
}

function Of({ client }: { client: string }) {
  const read = useQuery(q.processes(client));
  return (
    <div style={{ display: 'grid', gap: 18 }}>
      <Show of={read}>
        {(page) => page.items.length === 0 ? <Empty title="This client has no processes" icon={<IconRoute size={26} aria-hidden />}>They come with its blueprint.</Empty> : (
          <div className={css.cards}>
            {page.items.map((row) => (
              <Link key={row.name} to="/processes/$client/$name" params={{ client, name: row.name }} search={{}} className={css.card}>
                <strong>{row.title || words(row.name)}</strong>
                {row.summary && <p>{row.summary}</p>}
                <p className="num">{row.name} {row.version}</p>
              </Link>
            ))}
          </div>
        )}
      </Show>
      <Runs client={client} />
    </div>
  );
}

function Runs({ client }: { client: string }) {
  const read = useInfiniteQuery(q.runs({ client }));
  return (
    <Panel title="Latest runs" side={<Link to="/runs" search={{ client }} style={{ fontSize: '0.75rem' }}>All runs</Link>}>
      <Show of={read}>
        {(data) => {
          const rows = data.pages.flatMap((page) => page.items);
          if (rows.length === 0) return <Empty title="Nothing has run yet" />;
          return (
            <div style={{ overflowX: 'auto' }} tabIndex={0} role="region" aria-label="Latest runs">
              <table className={parts.table}>
                <thead><tr><th scope="col">Process</th><th scope="col">Status</th><th scope="col">Case</th><th scope="col">Started</th><th scope="col">Ended</th></tr></thead>
                <tbody>
                  {rows.map((row) => (
                    <tr key={row.id}>
                      <td><Link to="/processes/$client/$name" params={{ client, name: row.process }} search={{ run: row.id }}>{words(row.process)}</Link></td>
                      <td><RunStatusTag status={row.status} /></td>
                      <td>{row.case ? <Link to="/cases/$client/$id" params={{ client, id: row.case }} search={{}}>Open case</Link> : '—'}</td>
                      <td><Time ms={row.started_ms} /></td>
                      <td>{row.ended_ms ? <Time ms={row.ended_ms} /> : '—'}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <More of={read} />
            </div>
          );
        }}
      </Show>
    </Panel>
  );
}
