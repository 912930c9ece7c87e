import type { Instant } from '@hawser/wire';

/** Arrivals are counted over one to two of these, ms. */
const SPAN_MS = 100;

/**
 * How much there is to send, for choosers that wait when that is little: what waits, and what is likely to come before that
 * is through. An owner that refills its queue as it drains never has much in it and still has no end; but a message that
 * waits as a whole has one. So bytes that come while others wait are taken to go on coming: as many as did in the last 100
 * to 200 ms, since the queue was empty at the earliest.
 */
export class Backlog {
  #sentBytes = 0;
  /** Bytes ever made, as they were at the beginning of this span and of the one before. */
  #spanBytes = 0;
  #lastBytes = 0;
  #spanAt: Instant = 0;
  #isEmpty = true;

  /**
   * @param bytes size of the packet that is chosen for
   * @param waitingBytes what waits, that packet included; Infinity = endless
   */
  expectedBytes(now: Instant, bytes: number, waitingBytes: number): number {
    if (!(waitingBytes < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
    const waiting = Math.max(bytes, waitingBytes);
    const made = this.#sentBytes + waiting;
    if (this.#isEmpty) {
      this.#lastBytes = made;
      this.#spanBytes = made;
      this.#spanAt = now;
    } else if (now - this.#spanAt >= SPAN_MS) {
      this.#lastBytes = this.#spanBytes;
      this.#spanBytes = made;
      this.#spanAt = now;
    }
    this.#isEmpty = waiting === bytes;
    return waiting + Math.max(0, made - this.#lastBytes);
  }

  /** Bytes left. */
  handleSent(bytes: number): void {
    this.#sentBytes += bytes;
  }
}
