import type { Instant, PathCandidates } from '@hawser/wire';

/** How the estimate of the fast path is corrected, and how far, after the authors' implementation. */
const FIRST_LAMBDA = 1.2;
const LEAST_LAMBDA = 1;
const MOST_LAMBDA = 1.3;
const LAMBDA_UP = 0.04;
const LAMBDA_DOWN = 0.01;

/**
 * Blocking estimation (Ferlin, Alay, Mehani, Boreli, "BLEST: Blocking estimation-based MPTCP scheduler for heterogeneous
 * networks", IFIP Networking 2016): says whether a packet on the slow path would fill the peer's receive window and so keep
 * the fast path from sending.
 *
 * While the packet is under way on the slow path S, the fast path F could send in `r = RTT_S / RTT_F` rounds, its window
 * growing by a packet in each,
 *
 * ```
 * X = r * (CWND_F + packet * (r - 1) / 2)
 * ```
 *
 * It blocks when `lambda * X` is more than the peer's window leaves beside what is in flight on S and this packet. `lambda`
 * grows when the window did get full within a round trip, and shrinks when it did not.
 */
export class BlestGuard {
  #lambda = FIRST_LAMBDA;
  #roundEndsAt: Instant = 0;
  #wasFull = false;

  /** The factor in force. */
  get lambda(): number {
    return this.#lambda;
  }

  /**
   * @param fast index of the path that is waited for
   * @param slow index of the path that has credit
   * @param windowBytes what the peer lets be outstanding on all paths together; Infinity = nothing ever blocks
   */
  blocks(
    now: Instant,
    candidates: PathCandidates,
    fast: number,
    slow: number,
    bytes: number,
    windowBytes: number,
  ): boolean {
    if (!(windowBytes < Number.POSITIVE_INFINITY)) return false;
    const fastMs = candidates.srttMs[fast];
    const slowMs = candidates.srttMs[slow];
    const fastWindow = candidates.windowBytes[fast];
    if (!(fastMs > 0 && slowMs > fastMs && fastWindow < Number.POSITIVE_INFINITY)) return false;
    this.#adapt(now, candidates, bytes, windowBytes, slowMs);
    const rounds = slowMs / fastMs;
    const byFast = rounds * (fastWindow + (bytes * (rounds - 1)) / 2);
    return this.#lambda * byFast > windowBytes - candidates.inFlightBytes[slow] - bytes;
  }

  /** One correction for each round trip of the slow path. */
  #adapt(now: Instant, candidates: PathCandidates, bytes: number, windowBytes: number, slowMs: number): void {
    let outstanding = bytes;
    for (let i = 0; i < candidates.count; i++) outstanding += candidates.inFlightBytes[i];
    if (outstanding > windowBytes) this.#wasFull = true;
    if (now < this.#roundEndsAt) return;
    if (this.#roundEndsAt > 0) {
      const step = this.#wasFull ? LAMBDA_UP : -LAMBDA_DOWN;
      this.#lambda = Math.min(MOST_LAMBDA, Math.max(LEAST_LAMBDA, this.#lambda + step));
    }
    this.#wasFull = false;
    this.#roundEndsAt = now + slowMs;
  }
}
