import { Checkbox, NumberInput, Select, Textarea, TextInput } from '@mantine/core';
import type { FieldSchema, Json } from '@/api/types';
import { isMoney, minorPerMajor, words } from '@/lib/format';

interface Props {
  name: string;
  schema: FieldSchema;
  value: Json | undefined;
  required: boolean;
  currency: string;
  onChange: (value: Json | undefined) => void;
  first?: boolean;
}

const LONG = /note|text|reason|instruction|message|reply|comment|explanation|summary/;
const LONG_FROM = 120;
const typeOf = (schema: FieldSchema) => (Array.isArray(schema.type) ? schema.type.find((one) => one !== 'null') : schema.type);

/** One field of a form made from its JSON Schema. Money is typed in major units and kept in minor ones. */
export function FormField({ name, schema, value, required, currency, onChange, first }: Props) {
  const type = typeOf(schema);
  const shared = { label: schema.title ?? words(name), description: schema.description, required, 'data-autofocus': first || undefined, name };
  if (isMoney(name) || schema.format === 'money') {
    // The schema speaks of minor units; people type major ones.
    const label = /minor/i.test(shared.label) ? words(name) : shared.label;
    return <MoneyField {...shared} label={label} value={value === 0 ? undefined : value} currency={schema['x-currency'] ?? currency} onChange={onChange} />;
  }
  if (schema.enum) {
    const data = schema.enum.map((one) => ({ value: String(one), label: words(String(one)) }));
    return <Select {...shared} data={data} value={value === undefined ? null : String(value)} onChange={(next) => onChange(next ?? undefined)} />;
  }
  if (type === 'boolean') return <Checkbox {...shared} required={false} checked={value === true} onChange={(event) => onChange(event.currentTarget.checked)} />;
  if (type === 'integer' || type === 'number') {
    return <NumberInput {...shared} min={schema.minimum} max={schema.maximum} allowDecimal={type === 'number'} decimalSeparator={separators()[1]} value={typeof value === 'number' ? value : ''} onChange={(next) => onChange(next === '' ? undefined : Number(next))} />;
  }
  const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
  const set = (next: string) => onChange(next === '' ? undefined : next);
  if (LONG.test(name) || (schema.maxLength ?? 0) > LONG_FROM) {
    return <Textarea {...shared} autosize minRows={2} maxRows={8} value={text} onChange={(event) => set(event.currentTarget.value)} />;
  }
  return <TextInput {...shared} type={schema.format === 'date' ? 'date' : 'text'} value={text} onChange={(event) => set(event.currentTarget.value)} />;
}

interface MoneyProps {
  label: string;
  description?: string;
  required: boolean;
  value: Json | undefined;
  currency: string;
  onChange: (value: Json | undefined) => void;
}
function MoneyField({ value, currency, onChange, ...shared }: MoneyProps) {
  const per = minorPerMajor(currency);
  const [group, decimal] = separators();
  return (
    <NumberInput
      {...shared}
      size="md"
      min={0}
      decimalScale={Math.round(Math.log10(per))}
      fixedDecimalScale
      thousandSeparator={group}
      decimalSeparator={decimal}
      // The sign that parts thousands is never taken for the one before the cents: 1,234 is no 1.23.
      allowedDecimalSeparators={[decimal]}
      rightSection={<span style={{ fontSize: '0.75rem', color: 'var(--bt-muted)' }}>{currency}</span>}
      rightSectionWidth={48}
      hideControls
      value={typeof value === 'number' ? value / per : ''}
      onChange={(next) => onChange(next === '' ? undefined : Math.round(Number(next) * per))}
    />
  );
}
function separators(): [string, string] {
  const parts = new Intl.NumberFormat(navigator.language).formatToParts(12345.6);
  const of = (type: string, otherwise: string) => parts.find((part) => part.type === type)?.value ?? otherwise;
  return [of('group', ','), of('decimal', '.')];
}
