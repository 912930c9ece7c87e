import type { Instant, PathId } from '@hawser/wire';
import { isClock } from '../clock.ts';
import { numberIn } from '../errors.ts';

/** Options of {@link DelayDifference}. */
export interface DelayDifferenceConfig {
  /** The least delay of this long counts, ms, 500 to 600 000. Default 10 000; clocks drift 1 ms apart in it at 100 ppm. */
  readonly windowMs?: number;
  /** Paths that can be kept, 1 to 64. Default 16. */
  readonly maxPaths?: number;
}

/** Least of the present half of the window, and of the one before. */
class LeastMs {
  ms = Number.POSITIVE_INFINITY;
  #earlier = Number.POSITIVE_INFINITY;
  #turnsAt: Instant = Number.NaN;

  get value(): number {
    return Math.min(this.ms, this.#earlier);
  }

  add(now: Instant, ms: number, halfMs: number): void {
    this.turn(now, halfMs);
    if (ms < this.ms) this.ms = ms;
  }

  turn(now: Instant, halfMs: number): void {
    if (Number.isNaN(this.#turnsAt)) this.#turnsAt = now + halfMs;
    if (now < this.#turnsAt) return;
    this.#earlier = now < this.#turnsAt + halfMs ? this.ms : Number.POSITIVE_INFINITY;
    this.ms = Number.POSITIVE_INFINITY;
    this.#turnsAt = now + halfMs;
  }
}

interface Known {
  readonly transit: LeastMs;
  readonly rtt: LeastMs;
}

/**
 * How long packets are under way on each path, in our direction. The peer's clock is off by an unknown offset, but by the same
 * for all paths: differences between paths are exact but for queues and drift. The offset itself is bounded by the round
 * trips, since no direction takes less than 0 or more than a whole one: the middle between the bounds is taken, which for
 * one path alone is half the round trip, and of several the one with the shortest round trip pins down.
 */
export class DelayDifference {
  /** Samples that are no numbers, or of more paths than are kept. */
  ignored = 0;
  /** Times the peer's clock was set, and everything began anew. */
  jumps = 0;
  readonly #halfMs: number;
  readonly #maxPaths: number;
  readonly #paths = new Map<PathId, Known>();
  /** Of whatever path: none is a minute longer than another. */
  #latestMs = Number.NaN;

  /** Errors: `bad-config`. */
  constructor(config: DelayDifferenceConfig = {}) {
    this.#halfMs = numberIn('windowMs', config.windowMs ?? 10_000, 500, 600_000) / 2;
    this.#maxPaths = numberIn('maxPaths', config.maxPaths ?? 16, 1, 64);
  }

  /** A packet that left on `path` alone at `sentAt` arrived at `arrivalMs` on the peer's clock; NaN: ignored. */
  handleArrived(now: Instant, path: PathId, sentAt: Instant, arrivalMs: number): void {
    const transit = arrivalMs - sentAt;
    const one = this.#find(path);
    if (one === undefined || !isClock(sentAt) || !isClock(arrivalMs) || !isClock(now)) {
      this.ignored++;
      return;
    }
    if (Math.abs(transit - this.#latestMs) > JUMP_MS) {
      this.jumps++;
      this.#latestMs = Number.NaN;
      this.#paths.clear();
      return;
    }
    this.#latestMs = transit;
    one.transit.add(now, transit, this.#halfMs);
  }

  /** A check there and back on `path` took `rttMs`. */
  handleRtt(now: Instant, path: PathId, rttMs: number): void {
    const one = this.#find(path);
    if (one === undefined || !(rttMs > 0 && rttMs <= JUMP_MS) || !isClock(now)) {
      this.ignored++;
      return;
    }
    one.rtt.add(now, rttMs, this.#halfMs);
  }

  /** The path is gone. */
  remove(path: PathId): void {
    this.#paths.delete(path);
  }

  /** Ms by which `path` takes longer than `other` in our direction; NaN while either is unknown. */
  differenceMs(now: Instant, path: PathId, other: PathId): number {
    const difference = this.#transit(now, path) - this.#transit(now, other);
    return Number.isFinite(difference) ? difference : Number.NaN;
  }

  /** Ms that a packet is under way on `path`, queues aside; 0 while unknown. Never more than the path's round trip. */
  delayMs(now: Instant, path: PathId): number {
    const transit = this.#transit(now, path);
    if (transit === Number.POSITIVE_INFINITY) return 0;
    let least = Number.NEGATIVE_INFINITY;
    let most = Number.POSITIVE_INFINITY;
    for (const one of this.#paths.values()) {
      one.transit.turn(now, this.#halfMs);
      one.rtt.turn(now, this.#halfMs);
      const { value } = one.transit;
      if (value === Number.POSITIVE_INFINITY || one.rtt.value === Number.POSITIVE_INFINITY) continue;
      least = Math.max(least, value - one.rtt.value);
      most = Math.min(most, value);
    }
    if (least === Number.NEGATIVE_INFINITY) return 0;
    // Jitter may turn the bounds around by a little; the middle is the middle all the same.
    const delay = transit - (least + most) / 2;
    const rtt = this.#paths.get(path)?.rtt.value ?? Number.POSITIVE_INFINITY;
    return Math.min(Math.max(0, delay), rtt);
  }

  #transit(now: Instant, path: PathId): number {
    const one = this.#paths.get(path);
    one?.transit.turn(now, this.#halfMs);
    return one?.transit.value ?? Number.POSITIVE_INFINITY;
  }

  #find(path: PathId): Known | undefined {
    const known = this.#paths.get(path);
    if (known !== undefined || this.#paths.size >= this.#maxPaths) return known;
    const made = { transit: new LeastMs(), rtt: new LeastMs() };
    this.#paths.set(path, made);
    return made;
  }
}

const JUMP_MS = 60_000;
