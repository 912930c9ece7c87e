import type { Instant, PathState } from '@hawser/wire';
import type { IceContext } from '../context.ts';
import type { CandidatePair } from '../pair.ts';

/** A path carries data when some went or came this lately. */
const DATA_MS = 1_000;

/** Checks of a wary path come this many times as fast as those of a suspect one. */
const WARY_SPEED = 4;

/**
 * Milliseconds until the next check on a path, spread (RFC 7675 5.1: 0.8 to 1.2). Rule R1: at most a second on a path in
 * use towards a browser, never more than 25 s.
 */
export function checkIntervalMs(context: IceContext, now: Instant, pair: CandidatePair, state: PathState): number {
  const { checkIntervalMs: every, consent, suspicion, meteredCost } = context.config;
  const metered = pair.local.networkCost >= meteredCost;
  if (state === 'suspect' || pair.silent) {
    return (
      (metered ? Math.min(consent.intervalMs, 10 * suspicion.probeIntervalMs) : suspicion.probeIntervalMs) *
      context.spread()
    );
  }
  if (state === 'wary') return (suspicion.probeIntervalMs / WARY_SPEED) * context.spread();
  const { sentAt, receivedAt } = context.paths;
  // A browser may send on a path that we do not.
  const carries = now - Math.max(sentAt[pair.path], receivedAt[pair.path]) < DATA_MS;
  if (!context.isHawser && (state === 'active' || carries)) {
    return Math.min(every.browser, consent.intervalMs) * context.spread();
  }
  if (state === 'active') {
    // What we send to one of ours comes back as feedback, so that checks may be rare.
    const hasFeedback = now - sentAt[pair.path] < DATA_MS;
    return Math.min(hasFeedback ? every.hawser : every.standby, consent.intervalMs) * context.spread();
  }
  // 25 s is the most, whatever the spread.
  if (metered) return Math.min(25_000, every.metered * context.spread());
  return Math.min(every.standby, consent.intervalMs) * context.spread();
}
