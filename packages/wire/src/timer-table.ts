import { WireError } from './errors.ts';
import { type Instant, NEVER } from './time.ts';

/**
 * Deadlines of a machine: one per kind, kept in a `Float64Array` so that arming allocates nothing. Kinds are the caller's
 * small dense numbers (`const TIMER = { rto: 0, ack: 1 } as const`).
 */
export class TimerTable {
  readonly #deadlines: Float64Array;

  /**
   * @param kinds number of timers, at least 1
   * @throws WireError `out-of-range`
   */
  constructor(kinds: number) {
    if (!Number.isInteger(kinds) || kinds < 1) throw new WireError('out-of-range', `${kinds} timers`);
    this.#deadlines = new Float64Array(kinds).fill(NEVER);
  }

  /** Sets the deadline of `kind`, replacing an earlier one. */
  arm(kind: number, at: Instant): void {
    this.#deadlines[kind] = at;
  }

  /** Sets the deadline of `kind` unless it already has an earlier one. */
  armEarlier(kind: number, at: Instant): void {
    if (at < this.#deadlines[kind]) this.#deadlines[kind] = at;
  }

  disarm(kind: number): void {
    this.#deadlines[kind] = NEVER;
  }

  disarmAll(): void {
    this.#deadlines.fill(NEVER);
  }

  isArmed(kind: number): boolean {
    return this.#deadlines[kind] !== NEVER;
  }

  deadline(kind: number): Instant {
    return this.#deadlines[kind];
  }

  /** The earliest deadline, or `NEVER`. */
  next(): Instant {
    let earliest: Instant = NEVER;
    const deadlines = this.#deadlines;
    for (let kind = 0; kind < deadlines.length; kind++) if (deadlines[kind] < earliest) earliest = deadlines[kind];
    return earliest;
  }

  /** Takes the earliest kind that is due at `now` and disarms it; -1 when none is. Equal deadlines go by kind. */
  takeDue(now: Instant): number {
    let due = -1;
    let earliest: Instant = NEVER;
    const deadlines = this.#deadlines;
    for (let kind = 0; kind < deadlines.length; kind++) {
      if (deadlines[kind] <= now && deadlines[kind] < earliest) {
        due = kind;
        earliest = deadlines[kind];
      }
    }
    if (due >= 0) deadlines[due] = NEVER;
    return due;
  }
}
