import type { PathCandidates } from '@hawser/wire';

/** Delay of a path of which nothing is known, ms: that of a slow mobile one, so that known paths come first. */
const UNKNOWN_DELAY_MS = 100;

/** Time a packet is under way on the path at index `i` besides queues of ours, ms. Above 0, at most Infinity. */
export function delayMs(candidates: PathCandidates, i: number): number {
  if (candidates.delayMs[i] > 0) return candidates.delayMs[i];
  const srttMs = candidates.srttMs[i];
  return srttMs > 0 ? srttMs / 2 : UNKNOWN_DELAY_MS;
}

/** Bit/s of the path at index `i`: as told, else a window per round trip, else 0 = unknown. */
export function rateBps(candidates: PathCandidates, i: number): number {
  const told = candidates.rateBps[i];
  if (told > 0) return told;
  const byWindow = (candidates.windowBytes[i] * 8000) / candidates.srttMs[i];
  return byWindow > 0 && byWindow < Number.POSITIVE_INFINITY ? byWindow : 0;
}

/**
 * Time until the path at index `i` lets `bytes` out, ms: 0 while it has the credit; what is missing at the path's rate; and
 * Infinity where the rate is unknown, since nobody can say how long that is.
 */
export function creditWaitMs(candidates: PathCandidates, i: number, bytes: number): number {
  const credit = candidates.creditBytes[i];
  if (credit >= bytes) return 0;
  const rate = rateBps(candidates, i);
  const missing = Math.max(bytes - credit, candidates.queueBytes[i]);
  return rate > 0 && missing > 0 ? (missing * 8000) / rate : Number.POSITIVE_INFINITY;
}

/**
 * When a packet of `bytes` would be at the peer if it were given to the path at index `i` now, ms from now:
 *
 * ```
 * wait for credit + (queue + in flight beyond rate * SRTT + bytes) * 8 / rate + delay
 * ```
 *
 * What is in flight beyond a bandwidth-delay product waits in the bottleneck's queue. Numbers that make no sense give
 * Infinity, never NaN: such a path is the last to be chosen.
 */
export function deliveryMs(candidates: PathCandidates, i: number, bytes: number): number {
  const rate = rateBps(candidates, i);
  let ms = delayMs(candidates, i);
  if (rate > 0) {
    const inFlight = candidates.inFlightBytes[i];
    const excess = Math.max(0, inFlight - (rate * candidates.srttMs[i]) / 8000);
    const wait = creditWaitMs(candidates, i, bytes);
    // What waits for the pacer is a part of the wait for credit.
    const queue = wait > 0 ? 0 : Math.max(0, candidates.queueBytes[i]);
    ms += wait + ((queue + excess + bytes) * 8000) / rate;
  } else ms += creditWaitMs(candidates, i, bytes);
  return ms >= 0 ? ms : Number.POSITIVE_INFINITY;
}
