import type { Instant } from '@hawser/wire';
import { StunError } from './errors.ts';
import { DEFAULT_RTO_MS } from './retransmission.ts';

/** How an {@link RtoEstimator} starts and where it ends. Every field is optional. */
export interface RtoConfig {
  /** RTO while nothing was measured, ms; default 500 (RFC 8489 6.2.1). */
  readonly initialMs?: number;
  /** Least RTO, ms; default 100. RFC 8489 6.2.1 lifts RFC 6298's full second and names no other floor. */
  readonly minMs?: number;
  /** Greatest RTO, ms; default 60 000 (RFC 6298 2.5). */
  readonly maxMs?: number;
  /** Age at which what was measured is discarded, ms; default 600 000, "the last 10 minutes" (RFC 8489 6.2.1). */
  readonly staleMs?: number;
}

/**
 * The retransmission timeout towards one server, from measured round trips: RFC 6298 with the exceptions of RFC 8489
 * 6.2.1 (500 ms to start with, 1 ms accuracy, forgotten after ten minutes of silence). Give it unambiguous samples only:
 * `TransactionTable.complete` answers -1 for the others (Karn's algorithm).
 */
export class RtoEstimator {
  /** Smoothed round trip time, ms; -1 before the first sample. */
  srttMs = -1;
  /** Its mean deviation, ms. */
  rttVarMs = 0;
  readonly #initialMs: number;
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #staleMs: number;
  #sampledAt: Instant = 0;

  /** @throws StunError `out-of-range` unless 0 < minMs ≤ initialMs ≤ maxMs and staleMs > 0 */
  constructor(config: RtoConfig = {}) {
    this.#initialMs = config.initialMs ?? DEFAULT_RTO_MS;
    this.#minMs = config.minMs ?? 100;
    this.#maxMs = config.maxMs ?? 60_000;
    this.#staleMs = config.staleMs ?? 600_000;
    const ordered = this.#minMs > 0 && this.#minMs <= this.#initialMs && this.#initialMs <= this.#maxMs;
    if (!ordered || !(this.#staleMs > 0)) throw new StunError('out-of-range', '0 < minMs <= initialMs <= maxMs');
  }

  /** Takes one measured round trip; a negative one, the mark of an ambiguous one, is ignored. */
  sample(now: Instant, rttMs: number): void {
    if (!(rttMs >= 0)) return;
    if (this.srttMs < 0 || this.#isStale(now)) {
      // RFC 6298 2.2.
      this.srttMs = rttMs;
      this.rttVarMs = rttMs / 2;
    } else {
      // RFC 6298 2.3, the deviation first: it uses the old mean. alpha = 1/8, beta = 1/4.
      this.rttVarMs += (Math.abs(this.srttMs - rttMs) - this.rttVarMs) / 4;
      this.srttMs += (rttMs - this.srttMs) / 8;
    }
    this.#sampledAt = now;
  }

  /** The RTO for a transaction that starts now, whole milliseconds. */
  rtoMs(now: Instant): number {
    if (this.srttMs < 0 || this.#isStale(now)) return this.#initialMs;
    const rto = Math.ceil(this.srttMs + Math.max(CLOCK_GRANULARITY_MS, 4 * this.rttVarMs));
    return Math.min(this.#maxMs, Math.max(this.#minMs, rto));
  }

  #isStale(now: Instant): boolean {
    return now - this.#sampledAt > this.#staleMs;
  }
}

/** G of RFC 6298: "a 1 ms accuracy SHOULD be maintained" (RFC 8489 6.2.1). */
const CLOCK_GRANULARITY_MS = 1;
