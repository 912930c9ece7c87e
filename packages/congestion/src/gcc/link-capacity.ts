/** Average of the rates at which the link turned out to be full, with the deviation (draft-ietf-rmcat-gcc-02 5.5). */
export class LinkCapacity {
  /** Bit/s; NaN while there is none. */
  bps = Number.NaN;
  /** Variance over the average, in kbit/s. */
  #deviation = 0.4;

  get known(): boolean {
    return !Number.isNaN(this.bps);
  }

  /** Three standard deviations above, bit/s; Infinity while unknown. */
  get upperBps(): number {
    return this.known ? this.bps + 3 * this.#sigmaBps() : Number.POSITIVE_INFINITY;
  }

  /** Three standard deviations below, bit/s; 0 while unknown. */
  get lowerBps(): number {
    return this.known ? Math.max(0, this.bps - 3 * this.#sigmaBps()) : 0;
  }

  reset(): void {
    this.bps = Number.NaN;
  }

  /** The link was full at `bps`. */
  add(bps: number, weight = 0.05): void {
    this.bps = this.known ? (1 - weight) * this.bps + weight * bps : bps;
    const average = Math.max(this.bps / 1000, 1);
    const error = (this.bps - bps) / 1000;
    const deviation = (1 - weight) * this.#deviation + (weight * error * error) / average;
    this.#deviation = Math.min(Math.max(deviation, 0.4), 2.5);
  }

  #sigmaBps(): number {
    return Math.sqrt((this.#deviation * this.bps) / 1000) * 1000;
  }
}
