import type { Hour } from '@/api/performance';
import { count, hourOfDay, zoneName } from '@/lib/format';
import { StackChart } from './StackChart';

/** When in the day cases come in, over the whole time, and what became of them: when people are needed. */
export function HourChart({ hours, zone }: { hours: Hour[]; zone: string }) {
  const all = hours.reduce((sum, one) => sum + one.cases, 0);
  const busiest = hours.reduce<Hour | undefined>((most, one) => (!most || one.cases > most.cases ? one : most), undefined);
  return (
    <StackChart
      title={`Cases by hour of the day, ${zoneName(zone)}`}
      of="cases"
      columns={hours.map((one) => ({ ...one, key: one.hour, name: hourOfDay(one.hour) }))}
      head="Hour from"
      says={`${count(all)} cases by the hour at which they were opened${busiest ? `, most from ${hourOfDay(busiest.hour)} on` : ''}`}
      most={(figure) => `at most ${figure} in one hour of the day`}
    />
  );
}
