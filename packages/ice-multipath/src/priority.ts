import { type CandidateTransport, type CandidateType, MAX_PRIORITY } from './candidate.ts';

/** Recommended type preferences (RFC 8445 5.1.2.2). */
export const TYPE_PREFERENCE = { host: 126, prflx: 110, srflx: 100, relay: 0 } as const;

/**
 * Type preferences of TCP candidates: each below every direct UDP candidate, since a late packet holds up those behind it,
 * and above relays (RFC 6544 4.2). As in browsers.
 */
export const TCP_TYPE_PREFERENCE = { host: 90, prflx: 80, srflx: 70, relay: 0 } as const;

export function typePreference(type: CandidateType, transport: CandidateTransport): number {
  return (transport === 'tcp' ? TCP_TYPE_PREFERENCE : TYPE_PREFERENCE)[type];
}

/**
 * Local preference of a TCP host candidate: `2^13 · direction + other` (RFC 6544 4.2).
 *
 * @param other 0 to 8 191, different for every address
 */
export function tcpLocalPreference(tcpType: 'active' | 'passive', other: number): number {
  return (tcpType === 'active' ? 6 : 4) * 2 ** 13 + Math.min(MAX_OTHER_PREFERENCE, Math.max(0, other));
}

export const MAX_OTHER_PREFERENCE = 2 ** 13 - 1;

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
