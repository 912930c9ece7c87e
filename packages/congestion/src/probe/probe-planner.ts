import type { Instant } from '@hawser/wire';

/** A cluster of packets to send faster than the target, to see whether the path carries it. */
export interface Probe {
  /** Above 0; give it to `handleSent` with every packet of the cluster. */
  readonly id: number;
  /** At which to send the cluster, bit/s, padding included. */
  readonly bps: number;
  /** Send at least so many bytes … */
  readonly bytes: number;
  /** … in at least so many packets. */
  readonly packets: number;
}

/**
 * Decides when to probe: at the start for 3 and 6 times the start rate, twice what was found as long as that was 0.7 of what
 * was tried; after a deep fall for 0.85 of the rate before; and every 5 s while the application uses less than it may.
 */
export class ProbePlanner {
  /** No probe is faster, bit/s: more would not be used, or is not allowed. */
  limitBps: number;
  readonly #queue = new Float64Array(QUEUE);
  #queued = 0;
  #nextId = 1;
  /** Rate of the probe whose result is waited for; NaN: of none. */
  #awaitedBps = Number.NaN;
  #plannedAt: Instant = Number.NEGATIVE_INFINITY;
  #beforeFallBps = 0;
  #fellAt: Instant = Number.NEGATIVE_INFINITY;

  /** Plans the two probes of the start. */
  constructor(startBps: number, limitBps: number) {
    this.limitBps = limitBps;
    this.#plan(3 * startBps);
    this.#plan(6 * startBps);
  }

  /** When `poll` should be asked next, whatever else happens. */
  nextAt(now: Instant, targetBps: number, unused: boolean): Instant {
    if (this.#queued > 0) return now;
    if (this.#wantsRecovery(targetBps)) return Math.max(now, this.#fellAt + RECOVERY_MS);
    return unused && 1.05 * targetBps < this.limitBps
      ? Math.max(now, this.#plannedAt + UNUSED_MS)
      : Number.POSITIVE_INFINITY;
  }

  /**
   * @param unused the application uses less than it may
   * @param calm the delay does not grow
   * @returns a cluster to send now; undefined: none
   */
  poll(now: Instant, targetBps: number, unused: boolean, calm: boolean): Probe | undefined {
    // A result that does not come is none.
    if (now - this.#plannedAt >= RESULT_MS) this.#awaitedBps = Number.NaN;
    if (targetBps >= 0.85 * this.#beforeFallBps || now - this.#fellAt > FORGET_MS) this.#beforeFallBps = 0;
    if (this.#queued === 0 && calm) {
      if (this.#wantsRecovery(targetBps) && now - this.#fellAt >= RECOVERY_MS) {
        this.#plan(0.85 * this.#beforeFallBps);
        this.#beforeFallBps = 0;
      } else if (unused && now - this.#plannedAt >= UNUSED_MS) this.#plan(2 * targetBps);
    }
    while (this.#queued > 0) {
      const bps = Math.min(this.#queue[0], this.limitBps);
      this.#queue.copyWithin(0, 1);
      this.#queued--;
      if (bps <= 1.05 * targetBps || bps <= this.#awaitedBps) continue;
      this.#plannedAt = now;
      this.#awaitedBps = bps;
      return {
        id: this.#nextId++,
        bps,
        bytes: Math.max(Math.ceil((bps * CLUSTER_MS) / 8000), MIN_BYTES),
        packets: MIN_PACKETS,
      };
    }
    return undefined;
  }

  /** A probe of `probeBps` found `foundBps`: where it found most of it there may be more. */
  handleResult(probeBps: number, foundBps: number): void {
    if (!(probeBps >= this.#awaitedBps) || foundBps < 0.7 * probeBps) return;
    this.#awaitedBps = Number.NaN;
    this.#plan(2 * foundBps);
  }

  /** The target fell. A fall by more than a third is looked into when it is over. */
  handleFall(now: Instant, beforeBps: number, afterBps: number): void {
    this.#queued = 0;
    if (afterBps > 0.66 * beforeBps && this.#beforeFallBps === 0) return;
    this.#beforeFallBps = Math.max(this.#beforeFallBps, beforeBps);
    this.#fellAt = now;
  }

  #wantsRecovery(targetBps: number): boolean {
    return 0.85 * this.#beforeFallBps > 1.05 * targetBps;
  }

  #plan(bps: number): void {
    if (this.#queued < QUEUE) this.#queue[this.#queued++] = bps;
  }
}

const QUEUE = 4;
const CLUSTER_MS = 15;
const MIN_PACKETS = 5;
const MIN_BYTES = 1000;
const RESULT_MS = 1000;
const UNUSED_MS = 5000;
/** So long after a fall it is tried whether what was there is back: the queue is gone by then. */
const RECOVERY_MS = 2000;
/** What was there so long ago tells nothing any more. */
const FORGET_MS = 30_000;
