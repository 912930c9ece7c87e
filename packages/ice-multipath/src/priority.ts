import { MAX_PRIORITY } from './candidate.ts';

/** Recommended type preferences (RFC 8445 5.1.2.2). */
export const TYPE_PREFERENCE = { host: 126, prflx: 110, srflx: 100, relay: 0 } as const;

/**
 * Priority of a candidate (RFC 8445 5.1.2.1): `2^24 · type + 2^8 · local + (256 - component)`.
 *
 * @param typePreference 0 to 126
 * @param localPreference 0 to 65 535
 * @param component 1 to 256
 */
export function candidatePriority(typePreference: number, localPreference: number, component = 1): number {
  return typePreference * 2 ** 24 + localPreference * 2 ** 8 + (256 - component);
}

/**
 * Upper 32 bits of a pair's priority (RFC 8445 6.1.2.3): `2^32·MIN(G,D) + 2·MAX(G,D) + (G>D?1:0)` does not fit a double,
 * but its two halves do, because a priority has 31 bits.
 */
export function pairPriorityHigh(controlling: number, controlled: number): number {
  return Math.min(controlling, controlled);
}

/** Lower 32 bits of a pair's priority. */
export function pairPriorityLow(controlling: number, controlled: number): number {
  return 2 * Math.max(controlling, controlled) + (controlling > controlled ? 1 : 0);
}

/** A PRIORITY attribute may hold 32 bits; a priority has 31. Larger ones are cut, 0 becomes 1. */
export function clampPriority(value: number): number {
  return Math.min(MAX_PRIORITY, Math.max(1, value));
}
