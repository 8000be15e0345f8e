const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** When a day of the reader's time zone begins, or one so many days after it; undefined of what is no day. */
export function dayMs(day: string | undefined, after = 0): number | undefined {
  if (!day || !DAY.test(day)) return undefined;
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + after);
  // A day that began at one, where the clock skips midnight, says nothing of when others begin.
  at.setHours(0, 0, 0, 0);
  const ms = at.getTime();
  return Number.isNaN(ms) ? undefined : ms;
}
