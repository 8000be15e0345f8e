import { useQuery } from '@tanstack/react-query';
import * as p from '@/api/performance';
import { costText } from '@/lib/cost';
import { Panel } from '@/parts/Page';
import { Show } from '@/parts/States';
import parts from '@/parts/parts.module.css';
import { inUnit, orNone } from './figures';
import css from './performance.module.css';

/** Every KPI that is recorded, with what it is. */
export function Kpis({ report }: { report: p.Report }) {
  const read = useQuery(p.kpis);
  return (
    <Panel title="Every KPI">
      <Show of={read} rows={8}>
        {(catalogue) => (
          <div className={css.scroll} tabIndex={0} role="region" aria-label="Every KPI">
            <table className={parts.table}>
              <thead><tr><th scope="col">KPI</th><th scope="col" className={parts.right}>Now</th><th scope="col" className={parts.right}>Before</th></tr></thead>
              <tbody>
                {report.kpis.map((figure) => <Row key={figure.id} figure={figure} kpi={catalogue.items.find((one) => one.id === figure.id)} />)}
                {report.money.map((figure) => <MoneyRow key={`${figure.id}/${figure.currency}`} figure={figure} kpi={catalogue.items.find((one) => one.id === figure.id)} />)}
              </tbody>
            </table>
          </div>
        )}
      </Show>
    </Panel>
  );
}

function Row({ figure, kpi }: { figure: p.Report['kpis'][number]; kpi: p.Kpi | undefined }) {
  if (!kpi) return null;
  const say = (value: number) => inUnit(value, kpi.unit);
  return (
    <tr>
      <th scope="row" className={css.rowHead}>{kpi.name}<div className={css.faint} style={{ fontWeight: 400, whiteSpace: 'normal' }}>{kpi.says}</div></th>
      <td className={`${parts.right} num`}>{orNone(figure.now.value, say)}</td>
      <td className={`${parts.right} num`}>{orNone(figure.before.value, say)}</td>
    </tr>
  );
}

/** Each currency is a line of its own: they are never added up. */
function MoneyRow({ figure, kpi }: { figure: p.Report['money'][number]; kpi: p.Kpi | undefined }) {
  if (!kpi) return null;
  const say = (amount: string | null) => (amount === null ? '—' : <span title={`${amount} ${figure.currency}`}>{costText({ amount, currency: figure.currency })}</span>);
  return (
    <tr>
      <th scope="row" className={css.rowHead}>{kpi.name}, {figure.currency}<div className={css.faint} style={{ fontWeight: 400, whiteSpace: 'normal' }}>{kpi.says}</div></th>
      <td className={`${parts.right} num`}>{say(figure.now)}</td>
      <td className={`${parts.right} num`}>{say(figure.before)}</td>
    </tr>
  );
}
