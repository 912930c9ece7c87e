import type { Instant } from './time.ts';

/** Clamps the caller's clock: a machine never sees time go back (contract rule 3); how often it tried is counted. */
export class Monotonic {
  now: Instant;
  /** How many readings were earlier than one before. */
  steppedBack = 0;

  constructor(now: Instant) {
    this.now = now;
  }

  /** The latest of `now` and everything seen before. */
  advance(now: Instant): Instant {
    if (now > this.now) this.now = now;
    else if (now < this.now) this.steppedBack++;
    return this.now;
  }
}
