import type { Instant } from '@hawser/wire';

/** What the delay says of the bottleneck. */
export type Usage = 'normal' | 'overuse' | 'underuse';

/**
 * Compares the slope of the delay with a threshold that adapts itself, so that a flow is not starved by those that fill
 * queues (draft-ietf-rmcat-gcc-02 5.4).
 */
export class OveruseDetector {
  usage: Usage = 'normal';
  /** del_var_th, ms. */
  thresholdMs = 12.5;
  #overuseMs = Number.NaN;
  #overuses = 0;
  #lastSlope = 0;
  #updatedAt: Instant = Number.NaN;

  /** @param count how many differences the slope rests on, 20 to 60 */
  update(now: Instant, slope: number, sendDeltaMs: number, count: number): void {
    const trend = Math.min(count, MAX_COUNT) * slope * GAIN;
    if (trend > this.thresholdMs) {
      if (Number.isNaN(this.#overuseMs)) this.#overuseMs = sendDeltaMs / 2;
      else this.#overuseMs += sendDeltaMs;
      this.#overuses++;
      if (this.#overuseMs > OVERUSE_MS && this.#overuses > 1 && slope >= this.#lastSlope) {
        this.#overuseMs = 0;
        this.#overuses = 0;
        this.usage = 'overuse';
      }
    } else {
      this.#overuseMs = Number.NaN;
      this.#overuses = 0;
      this.usage = trend < -this.thresholdMs ? 'underuse' : 'normal';
    }
    this.#lastSlope = slope;
    this.#adapt(now, Math.abs(trend));
  }

  #adapt(now: Instant, trend: number): void {
    const elapsed = Number.isNaN(this.#updatedAt) ? 0 : Math.min(Math.max(0, now - this.#updatedAt), MAX_STEP_MS);
    this.#updatedAt = now;
    // A sudden leap is not what the threshold is to follow.
    if (trend > this.thresholdMs + MAX_ABOVE_MS) return;
    const k = trend < this.thresholdMs ? K_DOWN : K_UP;
    const adapted = this.thresholdMs + k * (trend - this.thresholdMs) * elapsed;
    this.thresholdMs = Math.min(Math.max(adapted, 6), 600);
  }
}

/** libwebrtc's scale of the slope, and the two constants that go with it: the draft's are for a Kalman filter. */
const GAIN = 4;
const K_UP = 0.0087;
const K_DOWN = 0.039;
const MAX_COUNT = 60;
const MAX_ABOVE_MS = 15;
const OVERUSE_MS = 10;
const MAX_STEP_MS = 100;
