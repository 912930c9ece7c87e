/**
 * Whether `ms` is a time that a clock can show: a number, and small enough to have thousandths of a millisecond. Loops over
 * buckets of time end only for such.
 */
export function isClock(ms: number): boolean {
  return Math.abs(ms) <= MAX_CLOCK_MS;
}

/** 2 200 years. */
const MAX_CLOCK_MS = 2 ** 46;
