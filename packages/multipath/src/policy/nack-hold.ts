/** Longest wait, ms: what is missing for longer is lost, whatever the paths. */
const MOST_MS = 500;

/**
 * Milliseconds to wait, from when a gap in the sequence numbers shows, before a NACK (RFC 4585 6.2.1) asks for what is missing:
 * where a peer sends on several paths the missing packet may be under way on a slower one than the one that showed the gap.
 *
 * ```
 * hold = slowest delay - delay of the path that showed the gap + jitter, 0 to 500
 * ```
 *
 * Only differences count, so delays may be relative to any common zero (arrival less RTP timestamp will do). What is no number is
 * a path of which nothing is known, and is not waited for.
 *
 * @param delaysMs one for each path that the peer sends on, at present
 * @param jitterMs how late a packet may be on its own path besides, at least 0
 * @param shownByMs delay of the path that showed the gap; default the fastest, so that every gap is held long enough
 */
export function nackHoldMs(delaysMs: ArrayLike<number>, jitterMs = 0, shownByMs?: number): number {
  let slowest = Number.NEGATIVE_INFINITY;
  let fastest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < delaysMs.length; i++) {
    const ms = delaysMs[i];
    if (!Number.isFinite(ms)) continue;
    if (ms > slowest) slowest = ms;
    if (ms < fastest) fastest = ms;
  }
  const margin = jitterMs > 0 ? jitterMs : 0;
  if (slowest === Number.NEGATIVE_INFINITY) return Math.min(MOST_MS, margin);
  const from = shownByMs !== undefined && Number.isFinite(shownByMs) ? shownByMs : fastest;
  return Math.min(MOST_MS, Math.max(0, slowest - from) + margin);
}
