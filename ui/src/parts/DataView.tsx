import type { Fields, Json } from '@/api/types';
import { currencyOf, plain, words } from '@/lib/format';
import css from './parts.module.css';

const DEPTH_MAX = 4;

/** Data as people read it: names in words, money as money, structures indented. */
export function DataView({ value, currency = 'USD', depth = 0 }: { value: Json | undefined; currency?: string; depth?: number }) {
  if (value === null || value === undefined || value === '') return <span style={{ color: 'var(--bt-faint)' }}>—</span>;
  if (typeof value !== 'object') return <span className={css.wrap}>{plain('', value, currency)}</span>;
  if (depth >= DEPTH_MAX) return <code>{JSON.stringify(value)}</code>;
  const own = Array.isArray(value) ? currency : currencyOf(value, currency);
  const entries = Object.entries(value as Fields);
  if (entries.length === 0) return <span style={{ color: 'var(--bt-faint)' }}>none</span>;
  return (
    <dl className={css.data}>
      {entries.map(([name, inner]) => (
        <Row key={name} name={Array.isArray(value) ? String(Number(name) + 1) : name} value={inner} currency={own} depth={depth} />
      ))}
    </dl>
  );
}

function Row({ name, value, currency, depth }: { name: string; value: Json; currency: string; depth: number }) {
  const nested = value !== null && typeof value === 'object' && Object.values(value).some((v) => v !== null && typeof v === 'object' || !Array.isArray(value));
  if (nested) {
    return (
      <>
        <dt style={{ gridColumn: '1 / -1' }}>{words(name)}</dt>
        <dd className={css.nest}><DataView value={value} currency={currency} depth={depth + 1} /></dd>
      </>
    );
  }
  return (
    <>
      <dt>{words(name)}</dt>
      <dd>{plain(name, value, currency) || <span style={{ color: 'var(--bt-faint)' }}>—</span>}</dd>
    </>
  );
}

export function Code({ children, label }: { children: string; label: string }) {
  return (
    <pre className={css.code} tabIndex={0} aria-label={label} role="region">{children}</pre>
  );
}
