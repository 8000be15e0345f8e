import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { IconScale } from '@tabler/icons-react';
import * as q from '@/api/queries';
import type { Gap, Grid, Policy } from '@/api/rulesTypes';
import type { Json } from '@/api/types';
import { useClients } from '@/lib/useClients';
import { Pick } from '@/parts/Bits';
import { Tag } from '@/parts/Chips';
import { Code } from '@/parts/DataView';
import { Page, Panel } from '@/parts/Page';
import { Proofs } from '@/parts/Proofs';
import { Empty, Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import { Autonomy } from './Autonomy';
import { Dmn } from './Dmn';
import css from './rules.module.css';

/** What AI, people and processes may do: decision tables as grids with what is found about them, what is proven, and policies as written. */
export function Rules() {
  const search = useSearch({ strict: false }) as { client?: string };
  const navigate = useNavigate();
  const clients = useClients();
  const client = search.client ?? clients.list[0]?.id;
  return (
    <Page title="Rules" sub="What may be done, by whom, and which way" tools={<Pick label="Client" value={client} options={clients.options} onPick={(next) => void navigate({ to: '/rules', search: { client: next }, replace: true })} />}>
      {client ? <Of client={client} /> : <Empty title="No client yet" />}
    </Page>
  );
}

function Of({ client }: { client: string }) {
  const tables = useQuery(q.tables(client));
  const policies = useQuery(q.policies(client));
  const proofs = useQuery(q.proofs(client));
  return (
    <div className={css.all}>
      <Show of={tables}>
        {(page) => page.items.length === 0 ? <Empty title="This client has no decision tables" icon={<IconScale size={26} aria-hidden />} /> : page.items.map((grid) => <Table key={grid.name} grid={grid} />)}
      </Show>
      <Dmn key={client} client={client} />
      <Autonomy key={`autonomy ${client}`} client={client} />
      <Show of={proofs}>
        {(page) => page.items.length > 0 && (
          <Panel title="Properties" side={<span className={css.side}>{page.required ? 'a change has to prove them' : 'a change goes on with a warning where one is not proven'}</span>}>
            <Proofs client={client} items={page.items} />
          </Panel>
        )}
      </Show>
      <Show of={policies}>
        {(page) => (
          <Panel title="Policies">
            {page.items.length === 0 ? <Empty title="No policies: nothing is permitted" /> : <ul className={css.policies}>{page.items.map((policy) => <One key={policy.id} client={client} policy={policy} />)}</ul>}
          </Panel>
        )}
      </Show>
    </div>
  );
}

const HITS = { unique: 'exactly one rule matches', first: 'the first rule that matches counts', collect: 'all rules that match count' };

function Table({ grid }: { grid: Grid }) {
  const noted = grid.rules.some((rule) => rule.note);
  return (
    <Panel title={grid.title} side={<span className={css.side}>{grid.name}: {HITS[grid.hit]}</span>}>
      {grid.description && <p className={css.said}>{grid.description}</p>}
      <div className={css.scroll} tabIndex={0} role="region" aria-label={`${grid.title}, table`}>
        <table className={parts.table}>
          <thead>
            <tr>
              <th scope="col">Rule</th>
              {grid.inputs.map(([name, reads]) => <th key={name} scope="col" title={reads}>{name}</th>)}
              {grid.outputs.map((name) => <th key={`out ${name}`} scope="col" className={css.out}>{name}</th>)}
              {noted && <th scope="col">Note</th>}
            </tr>
          </thead>
          <tbody>
            {grid.rules.map((rule) => (
              <tr key={rule.id}>
                <th scope="row" className={css.id}>{rule.id}</th>
                {rule.when.map((cell, at) => <td key={at} className={cell === '-' ? css.any : undefined}>{shown(cell)}</td>)}
                {rule.then.map((cell, at) => <td key={`out ${at}`} className={css.out}>{shown(cell)}</td>)}
                {noted && <td>{rule.note}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {grid.findings.length > 0 && (
        <ul className={css.findings} aria-label="What was found about this table">
          {grid.findings.map((gap, at) => <li key={at}><Tag tone={gap.kind === 'overlap' ? 'bad' : 'warn'}>{KINDS[gap.kind]}</Tag> {says(gap)}</li>)}
        </ul>
      )}
    </Panel>
  );
}

const KINDS = { gap: 'Gap', overlap: 'Overlap', never: 'Never counts', not_analysed: 'Not analysed' };

function says(gap: Gap): string {
  const example = Object.entries(gap.example).map(([name, value]) => `${name} = ${shown(value)}`).join(', ') || 'any input';
  if (gap.kind === 'gap') return `No rule matches ${example}: a person decides.`;
  if (gap.kind === 'overlap') return `Rules ${gap.rules.join(' and ')} both match ${example}.`;
  if (gap.kind === 'never') return `Rules before ${gap.rules.join(', ')} cover it.`;
  return gap.why;
}

const shown = (cell: Json): string => (typeof cell === 'string' ? cell : Array.isArray(cell) ? cell.map(shown).join(', ') : JSON.stringify(cell));

function One({ client, policy }: { client: string; policy: Policy }) {
  return (
    <li>
      <details>
        <summary>
          <Tag tone={policy.effect === 'permit' ? 'good' : 'bad'}>{policy.effect === 'permit' ? 'Permits' : 'Forbids'}</Tag>
          <strong>{policy.id}</strong>
          <span>{policy.reason}</span>
        </summary>
        <p className={css.side}><Link to="/blueprint" search={{ client, file: policy.file, line: String(policy.line) }}>{policy.file}, line {policy.line}</Link></p>
        <Code label={`Policy ${policy.id}`}>{policy.text}</Code>
      </details>
    </li>
  );
}
