/**
 * HyStart++ (RFC 9406): finds the end of slow start by the growth of the round-trip time, before the queue overflows. It
 * counts rounds in bytes: what was in flight when a round began has been acknowledged when it ends.
 */
export class HyStart {
  #lastRoundMinMs = Number.POSITIVE_INFINITY;
  #currentRoundMinMs = Number.POSITIVE_INFINITY;
  #samples = 0;
  /** Smallest RTT of the round in which Conservative Slow Start began; Infinity outside of it. */
  #cssBaselineMs = Number.POSITIVE_INFINITY;
  #cssRounds = 0;
  #roundBytesLeft = 0;

  /** Whether the window grows by a quarter only, until it is clear that the queue really grew (4.2). */
  get conservative(): boolean {
    return this.#cssBaselineMs !== Number.POSITIVE_INFINITY;
  }

  handleRtt(rttMs: number): void {
    if (rttMs < this.#currentRoundMinMs) this.#currentRoundMinMs = rttMs;
    this.#samples++;
    if (this.#samples < N_RTT_SAMPLE) return;
    if (this.conservative) {
      // The growth was jitter: slow start goes on.
      if (this.#currentRoundMinMs < this.#cssBaselineMs) this.#cssBaselineMs = Number.POSITIVE_INFINITY;
      return;
    }
    if (this.#lastRoundMinMs === Number.POSITIVE_INFINITY) return;
    const threshold = Math.max(MIN_RTT_THRESH_MS, Math.min(this.#lastRoundMinMs / MIN_RTT_DIVISOR, MAX_RTT_THRESH_MS));
    if (this.#currentRoundMinMs < this.#lastRoundMinMs + threshold) return;
    this.#cssBaselineMs = this.#currentRoundMinMs;
    // A round that has begun counts as the first.
    this.#cssRounds = 0;
  }

  /**
   * `ackedBytes` of `inFlightBytes` were acknowledged.
   *
   * @returns whether slow start ends here: CSS_ROUNDS rounds have not found the queue shrinking
   */
  handleAcked(ackedBytes: number, inFlightBytes: number): boolean {
    this.#roundBytesLeft -= ackedBytes;
    if (this.#roundBytesLeft > 0) return false;
    this.#roundBytesLeft = inFlightBytes - ackedBytes;
    this.#lastRoundMinMs = this.#currentRoundMinMs;
    this.#currentRoundMinMs = Number.POSITIVE_INFINITY;
    this.#samples = 0;
    return this.conservative && ++this.#cssRounds >= CSS_ROUNDS;
  }
}

/** Share of ordinary growth in Conservative Slow Start (RFC 9406 4.3). */
export const CSS_GROWTH_DIVISOR = 4;

const MIN_RTT_THRESH_MS = 4;
const MAX_RTT_THRESH_MS = 16;
const MIN_RTT_DIVISOR = 8;
const N_RTT_SAMPLE = 8;
const CSS_ROUNDS = 5;
