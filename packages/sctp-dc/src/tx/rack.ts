import { type Instant, NEVER } from '@hawser/wire';

/**
 * RACK (RFC 8985) of one path: what was sent before something that arrived, and has had time to arrive, too, is lost. RFC
 * 8985 is for TCP; here packets are numbered per path in the order they left, so "sent after" is a comparison of numbers,
 * and a report of a duplicate TSN is what a DSACK is there.
 */
export class Rack {
  /** Number of the newest packet that is known to have arrived: RACK.segment; -1 before the first. */
  newest = -1;
  /** When to look again: RACK's reordering timer (6.2 step 5). */
  dueAt: Instant = NEVER;
  reorderingSeen = false;
  /** RACK.xmit_ts and RACK.ack_ts. */
  #newestSentAt: Instant = 0;
  #newestAckedAt: Instant = 0;
  #newestBefore = -1;
  /** Smallest round trips of this interval and of the one before: a windowed filter (6.2 step 1). */
  #minMs = Number.POSITIVE_INFINITY;
  #minBeforeMs = Number.POSITIVE_INFINITY;
  #intervalEndsAt: Instant = Number.NEGATIVE_INFINITY;
  /** RACK.reo_wnd_mult, RACK.reo_wnd_persist, RACK.dsack_round. */
  #multiplier = 1;
  #persist = 0;
  #duplicateRound = -1;

  /** Smallest recent round trip, ms; Infinity while unknown. */
  get minRttMs(): number {
    return Math.min(this.#minMs, this.#minBeforeMs);
  }

  /**
   * A report begins: what it names in whatever order did not arrive in that order. `complete`: the one before named all that
   * had arrived, so that what is new in this one arrived since.
   */
  beginReport(complete: boolean): void {
    this.#newestBefore = complete ? this.newest : -1;
  }

  /**
   * A packet arrived, `sequence`, that left at `sentAt`. `again`: it was a retransmission; then what arrived may have been
   * the original.
   */
  handleArrived(now: Instant, sequence: number, sentAt: Instant, again: boolean): void {
    const rttMs = now - sentAt;
    if (again) {
      if (rttMs < this.minRttMs) return;
    } else {
      this.#sample(now, rttMs);
      // 6.2 step 3: a report before this one named something that was sent later.
      if (sequence < this.#newestBefore) this.reorderingSeen = true;
    }
    if (sequence <= this.newest) return;
    this.newest = sequence;
    this.#newestSentAt = sentAt;
    this.#newestAckedAt = now;
  }

  /** What was taken for lost had arrived: the window was too small. Counts once per round trip (6.2 step 4). */
  handleDuplicate(nextSequence: number): void {
    if (this.newest < this.#duplicateRound) return;
    this.#duplicateRound = nextSequence;
    this.#multiplier++;
    this.#persist = PERSIST_RECOVERIES;
  }

  handleRecoveryEnd(): void {
    if (--this.#persist <= 0) this.#multiplier = 1;
  }

  /** RACK.reo_wnd, ms; `atOnce`: in recovery, or enough has arrived that was sent later. */
  windowMs(srttMs: number, atOnce: boolean): number {
    if (atOnce && !this.reorderingSeen) return 0;
    const minMs = this.minRttMs;
    return minMs === Number.POSITIVE_INFINITY ? srttMs : Math.min((this.#multiplier * minMs) / 4, srttMs);
  }

  /** When a packet that left at `sentAt` counts as lost, `windowMs` being the reordering window. */
  lostAt(sentAt: Instant, windowMs: number): Instant {
    return this.#newestAckedAt + windowMs - (this.#newestSentAt - sentAt);
  }

  #sample(now: Instant, rttMs: number): void {
    if (now >= this.#intervalEndsAt) {
      this.#minBeforeMs = this.#minMs;
      this.#minMs = Number.POSITIVE_INFINITY;
      this.#intervalEndsAt = now + MIN_INTERVAL_MS;
    }
    if (rttMs < this.#minMs) this.#minMs = rttMs;
  }
}

const PERSIST_RECOVERIES = 16;
/** A minimum is that of the last 10 to 20 s: a path that became longer is believed by then. */
const MIN_INTERVAL_MS = 10_000;
