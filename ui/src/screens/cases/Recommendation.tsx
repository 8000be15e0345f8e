import type { Fields, Json } from '@/api/types';
import { currencyOf, isMoney, money, words } from '@/lib/format';
import { prose } from '@/lib/prose';
import { DataView } from '@/parts/DataView';
import css from './packet.module.css';

const TEXTS = ['text', 'summary', 'reason', 'because'];

/** What the AI or the process recommends: a sentence, or a decision with its figure and its reason. */
export function Recommendation({ value: given, currency }: { value: Json; currency: string }) {
  const value = typeof given === 'string' ? unpacked(given) : given;
  if (typeof value === 'string') return <p>{prose(value)}</p>;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return <DataView value={value} currency={currency} />;
  const decision = value.decision ?? value.action;
  const amount = Object.entries(value).find(([name, v]) => isMoney(name) && typeof v === 'number');
  const texts = TEXTS.flatMap((name) => (typeof value[name] === 'string' ? [value[name]] : []));
  const shown = new Set(['decision', 'action', 'currency', ...TEXTS, amount?.[0] ?? '']);
  const rest: Fields = Object.fromEntries(Object.entries(value).filter(([name]) => !shown.has(name)));
  return (
    <>
      {(typeof decision === 'string' || amount) && (
        <p className={`${css.big} num`}>
          {[typeof decision === 'string' ? words(decision) : '', amount ? money(amount[1] as number, currencyOf(value, currency)) : ''].filter(Boolean).join(' ')}
        </p>
      )}
      {texts.map((text) => <p key={text}>{prose(text)}</p>)}
      {Object.keys(rest).length > 0 && <DataView value={rest} currency={currency} />}
    </>
  );
}

/** A recommendation may travel as text that holds JSON. */
function unpacked(text: string): Json {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
