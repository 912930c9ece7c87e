import type { Instant } from '@hawser/wire';

/** A rate that may be exceeded for a moment: `burstBytes` are there at first and are refilled at `bytesPerSecond`. */
export class TokenBucket {
  readonly #bytesPerMs: number;
  readonly #burstBytes: number;
  #bytes: number;
  #filledAt: Instant;

  /** @param bytesPerSecond `Infinity` lets everything pass */
  constructor(now: Instant, bytesPerSecond: number, burstBytes: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#burstBytes = burstBytes;
    this.#bytes = burstBytes;
    this.#filledAt = now;
  }

  /** Whether nothing was taken that has not come back. */
  isFull(now: Instant): boolean {
    return !(this.#bytes + (now - this.#filledAt) * this.#bytesPerMs < this.#burstBytes);
  }

  /** Takes `bytes`, or answers false and takes nothing. */
  take(now: Instant, bytes: number): boolean {
    if (this.#bytesPerMs === Number.POSITIVE_INFINITY) return true;
    this.#bytes = Math.min(this.#burstBytes, this.#bytes + (now - this.#filledAt) * this.#bytesPerMs);
    this.#filledAt = now;
    if (bytes > this.#bytes) return false;
    this.#bytes -= bytes;
    return true;
  }
}
