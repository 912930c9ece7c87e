import type { Instant } from '@hawser/wire';

/**
 * Groups packets that left within 5 ms, or that arrived in a burst, and compares each group with the one before
 * (draft-ietf-rmcat-gcc-02 5.1, 5.2). The two clocks are never compared: only differences of each are.
 */
export class InterArrival {
  /** Of the two latest complete groups, ms: how much later the last packet of the second left. */
  sendDeltaMs = 0;
  /** How much later it arrived. */
  arrivalDeltaMs = 0;
  /** Times the peer's clock jumped, against when we heard of the arrivals: no difference of delays. */
  jumps = 0;
  /** Groups and packets that arrived before those sent earlier: ignored. */
  reordered = 0;

  // The group being filled, and the complete one before; NaN: none.
  #firstSentAt: Instant = Number.NaN;
  #sentAt: Instant = Number.NaN;
  #firstArrivalMs = Number.NaN;
  #arrivalMs = Number.NaN;
  #reportedAt: Instant = Number.NaN;
  #previousSentAt: Instant = Number.NaN;
  #previousArrivalMs = Number.NaN;
  #previousReportedAt: Instant = Number.NaN;

  /**
   * A packet of `sentAt`, ours, arrived at `arrivalMs`, the peer's; both finite.
   *
   * @returns whether a group was completed: the two deltas are new
   */
  handle(now: Instant, sentAt: Instant, arrivalMs: number): boolean {
    if (Number.isNaN(this.#sentAt)) {
      this.#begin(now, sentAt, arrivalMs);
      return false;
    }
    if (sentAt < this.#firstSentAt) {
      this.reordered++;
      return false;
    }
    if (this.#belongs(sentAt, arrivalMs)) {
      if (sentAt > this.#sentAt) this.#sentAt = sentAt;
      if (arrivalMs > this.#arrivalMs) this.#arrivalMs = arrivalMs;
      this.#reportedAt = now;
      return false;
    }
    const complete = this.#compare();
    this.#previousSentAt = this.#sentAt;
    this.#previousArrivalMs = this.#arrivalMs;
    this.#previousReportedAt = this.#reportedAt;
    this.#begin(now, sentAt, arrivalMs);
    return complete;
  }

  #begin(now: Instant, sentAt: Instant, arrivalMs: number): void {
    this.#firstSentAt = sentAt;
    this.#sentAt = sentAt;
    this.#firstArrivalMs = arrivalMs;
    this.#arrivalMs = arrivalMs;
    this.#reportedAt = now;
  }

  #belongs(sentAt: Instant, arrivalMs: number): boolean {
    if (sentAt - this.#firstSentAt <= BURST_MS) return true;
    // 5.2: what waited for the end of an outage comes at once, and says nothing of a queue.
    const arrivalDelta = arrivalMs - this.#arrivalMs;
    if (arrivalDelta - (sentAt - this.#sentAt) >= 0) return false;
    return arrivalDelta >= 0 && arrivalDelta <= BURST_MS && arrivalMs - this.#firstArrivalMs < MAX_BURST_MS;
  }

  #compare(): boolean {
    if (Number.isNaN(this.#previousSentAt)) return false;
    const arrivalDelta = this.#arrivalMs - this.#previousArrivalMs;
    const reportDelta = this.#reportedAt - this.#previousReportedAt;
    if (Math.abs(arrivalDelta - reportDelta) > CLOCK_JUMP_MS) {
      this.jumps++;
      return false;
    }
    if (arrivalDelta < 0) {
      this.reordered++;
      return false;
    }
    this.sendDeltaMs = this.#sentAt - this.#previousSentAt;
    this.arrivalDeltaMs = arrivalDelta;
    return true;
  }
}

const BURST_MS = 5;
const MAX_BURST_MS = 100;
/** No queue grows so much between two groups more than the reports tell of. */
const CLOCK_JUMP_MS = 3000;
