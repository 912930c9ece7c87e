/**
 * The slope of the one-way delay over the latest 20 groups: a line laid through the smoothed, accumulated differences by least
 * squares. It takes the place of the Kalman filter of draft-ietf-rmcat-gcc-02 5.3, as in libwebrtc.
 */
export class Trendline {
  /** Milliseconds of delay per millisecond; 0 until there are 20 groups. */
  slope = 0;
  /** Differences seen, up to 60. */
  count = 0;
  readonly #at = new Float64Array(WINDOW);
  readonly #delay = new Float64Array(WINDOW);
  #next = 0;
  #accumulated = 0;
  #smoothed = 0;

  /** A group arrived at `arrivalMs`, `variationMs` later against the one before than it was sent. */
  update(arrivalMs: number, variationMs: number): void {
    this.#accumulated += variationMs;
    this.#smoothed = SMOOTHING * this.#smoothed + (1 - SMOOTHING) * this.#accumulated;
    this.#at[this.#next] = arrivalMs;
    this.#delay[this.#next] = this.#smoothed;
    this.#next = (this.#next + 1) % WINDOW;
    if (this.count < MAX_COUNT) this.count++;
    if (this.count >= WINDOW) this.#fit();
  }

  #fit(): void {
    const at = this.#at;
    const delay = this.#delay;
    let meanAt = 0;
    let meanDelay = 0;
    for (let i = 0; i < WINDOW; i++) {
      meanAt += at[i] / WINDOW;
      meanDelay += delay[i] / WINDOW;
    }
    let covariance = 0;
    let variance = 0;
    for (let i = 0; i < WINDOW; i++) {
      const distance = at[i] - meanAt;
      covariance += distance * (delay[i] - meanDelay);
      variance += distance * distance;
    }
    // Twenty groups that arrived at once have no slope: the one before stays.
    if (variance > 0) this.slope = covariance / variance;
  }
}

const WINDOW = 20;
const SMOOTHING = 0.9;
const MAX_COUNT = 60;
