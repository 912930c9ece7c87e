/**
 * What arrives, bit/s: samples of 500 ms, later of 150, each believed the less the farther it is from the estimate (a Bayesian
 * average, as in libwebrtc), so that neither a burst nor a gap between two frames is taken for the rate.
 */
export class AckedRate {
  /** NaN while unknown. */
  bps = Number.NaN;
  #bytes = 0;
  #windowMs = 0;
  #lastMs = Number.NaN;
  #variance = 50;

  /**
   * @param atMs when it arrived, on one clock, finite
   * @param idle the sender does not use what it may: a lower sample is no news
   */
  add(atMs: number, bytes: number, idle: boolean): void {
    const elapsed = Number.isNaN(this.#lastMs) ? 0 : atMs - this.#lastMs;
    if (elapsed < 0 && elapsed > -MAX_REORDERING_MS) {
      this.#bytes += bytes;
      return;
    }
    this.#lastMs = atMs;
    const window = Number.isNaN(this.bps) ? FIRST_WINDOW_MS : WINDOW_MS;
    if (elapsed < 0 || elapsed > MAX_GAP_MS) {
      // The clock jumped, or there was a pause.
      this.#bytes = bytes;
      this.#windowMs = 0;
      return;
    }
    this.#windowMs += elapsed;
    if (this.#windowMs >= window) {
      this.#sample((this.#bytes * 8000) / this.#windowMs, idle);
      this.#bytes = 0;
      this.#windowMs = 0;
    }
    this.#bytes += bytes;
  }

  /** The rate is about to change at once: the next samples are believed. */
  expectChange(): void {
    this.#variance += 200;
  }

  #sample(bps: number, idle: boolean): void {
    if (Number.isNaN(this.bps)) {
      this.bps = bps;
      return;
    }
    const scale = idle && bps < this.bps ? 20 : 10;
    // Bounded, for an estimate of nearly nothing is not to be kept against all that follows.
    const doubt = Math.min((scale * Math.abs(this.bps - bps)) / Math.max(this.bps, 1), MAX_DOUBT);
    const sampleVariance = Math.max(doubt * doubt, 1e-3);
    const predicted = this.#variance + 5;
    this.bps = (sampleVariance * this.bps + predicted * bps) / (sampleVariance + predicted);
    this.#variance = (sampleVariance * predicted) / (sampleVariance + predicted);
  }
}

const MAX_DOUBT = 30;
const FIRST_WINDOW_MS = 500;
const WINDOW_MS = 150;
const MAX_GAP_MS = 2000;
const MAX_REORDERING_MS = 200;
