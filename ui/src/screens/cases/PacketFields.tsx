import { IconAlertCircle, IconCircleCheck, IconPoint } from '@tabler/icons-react';
import type { Json, Packet } from '@/api/types';
import { currencyOf, plain, words } from '@/lib/format';
import { DataView } from '@/parts/DataView';
import css from './packet.module.css';

/** Required fields first, present or missing; then whatever else was collected. */
export function PacketFields({ packet, currency }: { packet: Packet; currency: string }) {
  const fields = packet.fields ?? {};
  const required = packet.required ?? [];
  const own = currencyOf(fields, currency);
  const names = new Set(required.map((field) => field.name));
  const rest = Object.entries(fields).filter(([name, value]) => !names.has(name) && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0));
  return (
    <dl className={css.fields}>
      {required.map((field) => (
        <div key={field.name} className={css.field}>
          <dt>{field.present ? <IconCircleCheck size={15} className={css.have} aria-hidden /> : <IconAlertCircle size={15} className={css.lack} aria-hidden />}{words(field.name)}</dt>
          <dd>{field.present ? <Value name={field.name} value={fields[field.name]} currency={own} /> : <span className={css.missing}>Missing</span>}</dd>
        </div>
      ))}
      {rest.map(([name, value]) => (
        <div key={name} className={css.field}>
          <dt><IconPoint size={15} aria-hidden />{words(name)}</dt>
          <dd><Value name={name} value={value} currency={own} /></dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ name, value, currency }: { name: string; value: Json | undefined; currency: string }) {
  if (value === undefined) return <>yes</>;
  if (value !== null && typeof value === 'object' && !(Array.isArray(value) && value.every((v) => typeof v !== 'object'))) {
    return <DataView value={value} currency={currency} />;
  }
  return <>{plain(name, value, currency)}</>;
}
