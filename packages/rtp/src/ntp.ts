/**
 * NTP timestamps: seconds since 1900 and a fraction in 1/2^32 s, each an unsigned 32-bit number that wraps (RFC 3550 4).
 * Wall time is an argument everywhere.
 */

/** Seconds from 1900 to 1970. */
const UNIX_EPOCH_SECONDS = 2_208_988_800;

/** The seconds of the NTP timestamp of `unixMs`, modulo 2^32. */
export function ntpSeconds(unixMs: number): number {
  return (Math.floor(unixMs / 1000) + UNIX_EPOCH_SECONDS) % 0x1_0000_0000;
}

/** The fraction of the NTP timestamp of `unixMs`. */
export function ntpFraction(unixMs: number): number {
  const ms = unixMs - Math.floor(unixMs / 1000) * 1000;
  return Math.floor((ms / 1000) * 0x1_0000_0000) >>> 0;
}

/** The middle 32 bits of an NTP timestamp, in 1/65 536 s: what report blocks carry (RFC 3550 4). */
export function ntpMiddle(seconds: number, fraction: number): number {
  return ((seconds << 16) | (fraction >>> 16)) >>> 0;
}

/**
 * The round trip that a report block shows: now − last SR − delay since (RFC 3550 6.4.1), ms.
 *
 * @param now middle 32 bits of the NTP time at which the block arrived
 * @returns undefined when the block names no sender report, or the three do not fit together
 */
export function roundTripMs(now: number, lastSr: number, delaySinceLastSr: number): number | undefined {
  if (lastSr === 0) return undefined;
  const units = (now - lastSr - delaySinceLastSr) | 0;
  return units < 0 ? undefined : (units * 1000) / 65536;
}

/** A span in milliseconds as 1/65 536 s, at most 2^32 − 1: the delay since the last SR of a report block. */
export function ntpShortSpan(ms: number): number {
  return Math.min(0xffffffff, Math.max(0, Math.round((ms * 65536) / 1000)));
}
