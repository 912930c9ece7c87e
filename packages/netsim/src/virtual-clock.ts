import type { Instant } from '@hawser/wire';
import { SimError } from './errors.ts';

/** Something scheduled on a {@link VirtualClock}. */
export interface Appointment {
  readonly at: Instant;
  /** Takes it off the clock; harmless when it has run. */
  cancel(): void;
}

/**
 * Time that moves only when nothing is left to do at the present instant, and then jumps to the next appointment.
 * Appointments at one instant run in the order in which they were made, so a run is a pure function of its inputs.
 */
export class VirtualClock {
  #now: Instant;
  readonly #wallOffsetMs: number;
  readonly #heap: Entry[] = [];
  #made = 0;
  #pending = 0;

  /**
   * @param now first reading, ms; default 0
   * @param unixMs wall time at that reading; default 2026-01-01T00:00:00Z
   */
  constructor(now: Instant = 0, unixMs = 1_767_225_600_000) {
    this.#now = now;
    this.#wallOffsetMs = unixMs - now;
  }

  get now(): Instant {
    return this.#now;
  }

  /** Wall time, milliseconds since 1970. */
  get unixMs(): number {
    return this.#now + this.#wallOffsetMs;
  }

  /** Appointments not yet run. */
  get pending(): number {
    return this.#pending;
  }

  /** Runs `run` at `at`, finite; an instant already past means: as soon as the present appointment is over. */
  schedule(at: Instant, run: () => void): Appointment {
    if (!(at < Number.POSITIVE_INFINITY)) throw new SimError('bad-setup', `cannot schedule at ${at}`);
    const entry = new Entry(Math.max(at, this.#now), this.#made++, run, this.#forget);
    this.#pending++;
    push(this.#heap, entry);
    return entry;
  }

  /** Runs `run` after `ms`. */
  scheduleIn(ms: number, run: () => void): Appointment {
    return this.schedule(this.#now + ms, run);
  }

  /** Moves to the next appointment and runs it. False when there is none, or none at or before `until`. */
  step(until: Instant = Number.POSITIVE_INFINITY): boolean {
    for (let entry = this.#heap[0]; entry !== undefined && entry.at <= until; entry = this.#heap[0]) {
      pop(this.#heap);
      const run = entry.take();
      if (run === undefined) continue;
      this.#now = entry.at;
      run();
      return true;
    }
    return false;
  }

  /** Runs everything up to and including `until`, and stands at `until` afterwards. */
  runUntil(until: Instant): void {
    while (this.step(until)) {}
    if (until > this.#now) this.#now = until;
  }

  /** Runs for `ms` of virtual time. */
  runFor(ms: number): void {
    this.runUntil(this.#now + ms);
  }

  /** Runs until `done` answers true (asked after every appointment) or `limitMs` have passed. Returns whether it did. */
  runWhileNot(done: () => boolean, limitMs: number): boolean {
    const until = this.#now + limitMs;
    while (!done()) {
      if (!this.step(until)) {
        if (until > this.#now && until !== Number.POSITIVE_INFINITY) this.#now = until;
        return done();
      }
    }
    return true;
  }

  /** Runs until nothing is scheduled. Throws `out-of-time` when that takes more than `limitMs` (default one day). */
  runUntilIdle(limitMs = 86_400_000): void {
    const until = this.#now + limitMs;
    while (this.step(until)) {}
    if (this.#pending > 0) throw new SimError('out-of-time', `not idle after ${limitMs} ms`);
  }

  readonly #forget = (): void => {
    this.#pending--;
  };
}

class Entry implements Appointment {
  readonly at: Instant;
  readonly order: number;
  #run: (() => void) | undefined;
  readonly #left: () => void;

  constructor(at: Instant, order: number, run: () => void, left: () => void) {
    this.at = at;
    this.order = order;
    this.#run = run;
    this.#left = left;
  }

  take(): (() => void) | undefined {
    const run = this.#run;
    if (run !== undefined) this.#left();
    this.#run = undefined;
    return run;
  }

  cancel(): void {
    this.take();
  }
}

/** A binary heap: every entry is before its two children at 2i+1 and 2i+2. */
function push(heap: Entry[], entry: Entry): void {
  let at = heap.length;
  heap.push(entry);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(entry, heap[parent])) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
    if (!isBefore(heap[child], last)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
