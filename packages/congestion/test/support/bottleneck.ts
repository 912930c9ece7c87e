import type { Clockwork } from './clockwork.ts';

/** A link with a drop-tail queue. Numbers may be changed while it runs. */
export class Bottleneck {
  bps: number;
  queueLimitMs: number;
  lossRatio = 0;
  /** Random delay behind the queue, uniform from 0, ms; order is kept. */
  jitterMs = 0;
  /**
   * Drops at random once the queue is half full, up to this share when it is full: what many flows do to one another, and two
   * alone in a full queue do not, where only who grows is hit.
   */
  earlyDropRatio = 0;
  sentBytes = 0;
  dropped = 0;
  /** Longest queue since it was last set to 0, ms. */
  longestQueueMs = 0;
  readonly #clock: Clockwork;
  readonly #random: () => number;
  #freeAt = 0;
  #lastArrival = 0;

  constructor(clock: Clockwork, bps: number, queueLimitMs: number, random: () => number) {
    this.#clock = clock;
    this.bps = bps;
    this.queueLimitMs = queueLimitMs;
    this.#random = random;
  }

  get queueMs(): number {
    return Math.max(0, this.#freeAt - this.#clock.now);
  }

  /** When the packet is through, or NaN: dropped. */
  send(bytes: number): number {
    if (this.queueMs > this.queueLimitMs) {
      this.dropped++;
      return Number.NaN;
    }
    const fill = this.queueMs / this.queueLimitMs;
    if (this.earlyDropRatio > 0 && this.#random() < (2 * fill - 1) * this.earlyDropRatio) {
      this.dropped++;
      return Number.NaN;
    }
    this.#freeAt = Math.max(this.#freeAt, this.#clock.now) + (bytes * 8000) / this.bps;
    this.longestQueueMs = Math.max(this.longestQueueMs, this.queueMs);
    if (this.lossRatio > 0 && this.#random() < this.lossRatio) {
      this.dropped++;
      return Number.NaN;
    }
    this.sentBytes += bytes;
    const jitter = this.jitterMs > 0 ? this.#random() * this.jitterMs : 0;
    this.#lastArrival = Math.max(this.#lastArrival, this.#freeAt + jitter);
    return this.#lastArrival;
  }
}
