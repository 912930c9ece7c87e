import type { Instant } from '@hawser/wire';

/** The monotonic clock, milliseconds with fractions. */
export function monotonicNow(): Instant {
  return performance.now();
}

/** Wall time, milliseconds since 1970. */
export function unixNow(): number {
  return Date.now();
}
