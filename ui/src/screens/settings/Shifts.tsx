import { Autocomplete, Checkbox } from '@mantine/core';
import type { Fields } from '@/api/types';
import { mapOf, textOf } from './queues/fields';
import { Week } from './queues/Week';

const ZONES = Intl.supportedValuesOf('timeZone');

/** When somebody works; whenever they are there, without. */
export function Shifts({ shifts, onChange }: { shifts: Fields | null; onChange: (next: Fields | null) => void }) {
  const begin = () => ({ time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone, weekly: {} });
  return (
    <>
      <Checkbox label="Works in shifts" description="Otherwise whenever they are there" checked={shifts !== null} onChange={(event) => onChange(event.currentTarget.checked ? begin() : null)} />
      {shifts && (
        <>
          <Autocomplete label="Time zone" data={ZONES} limit={12} required value={textOf(shifts, 'time_zone')} onChange={(next) => onChange({ ...shifts, time_zone: next })} />
          <Week weekly={mapOf(shifts, 'weekly')} onChange={(weekly) => onChange({ ...shifts, weekly })} />
        </>
      )}
    </>
  );
}
