/**
 * Round-trip time of one pair, from its checks: last, smallest, and smoothed with its mean deviation as RFC 6298 2 does
 * it (alpha 1/8, beta 1/4).
 */
export class RttEstimator {
  lastMs = 0;
  /** Smoothed; 0 before the first sample. */
  srttMs = 0;
  rttVarMs = 0;
  minMs = 0;
  samples = 0;
  /** Of all samples together. */
  totalMs = 0;

  /** Takes a sample of a check that was sent once (Karn's rule, RFC 6298 3). */
  sample(rttMs: number): void {
    this.lastMs = rttMs;
    if (this.samples === 0) {
      this.srttMs = rttMs;
      this.rttVarMs = rttMs / 2;
      this.minMs = rttMs;
    } else {
      this.rttVarMs += (Math.abs(this.srttMs - rttMs) - this.rttVarMs) / 4;
      this.srttMs += (rttMs - this.srttMs) / 8;
      if (rttMs < this.minMs) this.minMs = rttMs;
    }
    this.samples++;
    this.totalMs += rttMs;
  }
}
