import type { Instant } from '@hawser/wire';
import type { Probe } from './probe-planner.ts';

/**
 * Tells from when a cluster left and when it arrived what the path carries: the lesser of the two rates. Every packet that left
 * while the cluster was being sent belongs to it, whatever it carried.
 */
export class ProbeEstimator {
  readonly #probe: Probe;
  #firstSentAt: Instant = Number.NaN;
  #lastSentAt: Instant = Number.NaN;
  #sentBytes = 0;
  #sentPackets = 0;
  // Of what arrived.
  #bytes = 0;
  #packets = 0;
  #firstOutAt: Instant = Number.POSITIVE_INFINITY;
  #lastOutAt: Instant = Number.NEGATIVE_INFINITY;
  #lastOutBytes = 0;
  #firstInMs = Number.POSITIVE_INFINITY;
  #firstInBytes = 0;
  #lastInMs = Number.NEGATIVE_INFINITY;

  constructor(probe: Probe) {
    this.#probe = probe;
  }

  get id(): number {
    return this.#probe.id;
  }

  get probeBps(): number {
    return this.#probe.bps;
  }

  /** A packet of the cluster left. */
  handleSent(now: Instant, bytes: number): void {
    if (Number.isNaN(this.#firstSentAt)) this.#firstSentAt = now;
    this.#lastSentAt = now;
    this.#sentBytes += bytes;
    this.#sentPackets++;
  }

  /**
   * A packet arrived; those that left at another time are ignored.
   *
   * @returns bit/s once enough of the cluster is there; NaN: not yet, or its times make no sense
   */
  handleArrived(sentAt: Instant, arrivalMs: number, bytes: number): number {
    if (!(sentAt >= this.#firstSentAt && sentAt <= this.#lastSentAt)) return Number.NaN;
    this.#bytes += bytes;
    this.#packets++;
    if (sentAt < this.#firstOutAt) this.#firstOutAt = sentAt;
    if (sentAt >= this.#lastOutAt) {
      this.#lastOutAt = sentAt;
      this.#lastOutBytes = bytes;
    }
    if (arrivalMs < this.#firstInMs) {
      this.#firstInMs = arrivalMs;
      this.#firstInBytes = bytes;
    }
    if (arrivalMs > this.#lastInMs) this.#lastInMs = arrivalMs;
    return this.#estimate();
  }

  #estimate(): number {
    const probe = this.#probe;
    const whole = this.#sentBytes >= probe.bytes && this.#sentPackets >= probe.packets;
    if (!whole || this.#packets < MOST * probe.packets || this.#bytes < MOST * probe.bytes) return Number.NaN;
    const outMs = this.#lastOutAt - this.#firstOutAt;
    const inMs = this.#lastInMs - this.#firstInMs;
    if (!(outMs > 0 && inMs > 0 && outMs <= MAX_MS && inMs <= MAX_MS)) return Number.NaN;
    const outBps = ((this.#bytes - this.#lastOutBytes) * 8000) / outMs;
    const inBps = ((this.#bytes - this.#firstInBytes) * 8000) / inMs;
    // What arrives more than twice as fast as it was sent was held back on the way and let go at once.
    if (inBps > 2 * outBps) return Number.NaN;
    // Arriving more slowly than sent, it met its limit: to stay below drains the queue that it made.
    return inBps < 0.9 * outBps ? 0.95 * inBps : Math.min(inBps, outBps);
  }
}

/** Share of a cluster that is enough. */
const MOST = 0.8;
const MAX_MS = 1000;
