import type { Instant } from '@hawser/wire';

/**
 * How large the receive window is: four times what the application took in the last round trip, so that it never is what
 * limits a sender who doubles its rate every round trip, within bounds. It only grows; an application that does not read
 * does not make it.
 */
export class WindowTuner {
  /** The receive window, bytes. */
  windowBytes: number;
  readonly #mostBytes: number;
  #roundBytes = 0;
  #roundEndsAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(firstBytes: number, mostBytes: number) {
    this.windowBytes = firstBytes;
    this.#mostBytes = mostBytes;
  }

  /** The application took `bytes`; `rttMs` is the round trip of the slowest path, as far as it is known. */
  handleRead(now: Instant, bytes: number, rttMs: number): void {
    if (this.windowBytes >= this.#mostBytes) return;
    if (now >= this.#roundEndsAt) {
      // After a pause this is the first read of a round, and what was read before says nothing of a rate.
      const wanted = now - this.#roundEndsAt <= rttMs ? GROWTH * this.#roundBytes : 0;
      if (wanted > this.windowBytes) this.windowBytes = Math.min(wanted, this.#mostBytes);
      this.#roundBytes = 0;
      this.#roundEndsAt = now + rttMs;
    }
    this.#roundBytes += bytes;
  }
}

const GROWTH = 4;
