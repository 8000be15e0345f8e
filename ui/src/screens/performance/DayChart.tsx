import type { Day } from '@/api/performance';
import { count, dateIn, zoneName } from '@/lib/format';
import { StackChart } from './StackChart';

/** AI attempts by day. */
export function DayChart({ days, zone }: { days: Day[]; zone: string }) {
  const all = days.reduce((sum, day) => sum + day.attempts, 0);
  const held = days.reduce((sum, day) => sum + day.resolutions, 0);
  return (
    <StackChart
      title="AI attempts by day"
      of="attempts"
      columns={days.map((day) => ({ ...day, key: day.day_ms, name: dateIn(day.day_ms, zone) }))}
      head={`Day, ${zoneName(zone)}`}
      says={`${count(all)} AI attempts in ${count(days.length)} days, ${count(held)} of them resolved`}
      most={(figure) => `at most ${figure} a day`}
    />
  );
}
