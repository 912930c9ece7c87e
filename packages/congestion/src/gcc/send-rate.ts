import type { Instant } from '@hawser/wire';
import { RateMeter } from '../rate/rate-meter.ts';

/** What leaves, the most of it of late, and whether that is less than what may. */
export class SendRate {
  /** Whether the application sends less than 0.65 of the target; ends above 0.8. */
  unused = false;
  readonly #meter = new RateMeter(500);
  #peakBps = 0;
  #earlierPeakBps = 0;
  #turnedAt: Instant = Number.NaN;
  #startedAt: Instant = Number.NaN;

  /** Largest rate of the latest 3 to 6 s, bit/s: nothing can arrive faster for long. */
  get peakBps(): number {
    return Math.max(this.#peakBps, this.#earlierPeakBps);
  }

  add(now: Instant, bytes: number, targetBps: number): void {
    if (Number.isNaN(this.#startedAt)) this.#startedAt = now;
    this.#meter.add(now, bytes);
    this.update(now, targetBps);
  }

  update(now: Instant, targetBps: number): void {
    // Before a window is full its rate is that of a burst.
    if (!(now - this.#startedAt >= WINDOW_MS)) {
      this.#peakBps = Number.POSITIVE_INFINITY;
      return;
    }
    const bps = this.#meter.bps(now);
    if (Number.isNaN(this.#turnedAt) || now - this.#turnedAt >= TURN_MS) {
      this.#earlierPeakBps = Number.isNaN(this.#turnedAt) ? 0 : this.#peakBps;
      this.#peakBps = 0;
      this.#turnedAt = now;
    }
    this.#peakBps = Math.max(this.#peakBps, bps);
    if (bps < 0.65 * targetBps) this.unused = true;
    else if (bps > 0.8 * targetBps) this.unused = false;
  }
}

const WINDOW_MS = 500;
const TURN_MS = 3000;
