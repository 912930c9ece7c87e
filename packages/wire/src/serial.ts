/**
 * Serial number arithmetic, RFC 1982: comparisons of sequence numbers that wrap. Nobody writes `a < b` on one.
 */

/** `a` is after `b` in 16-bit serial order. Numbers exactly half the space apart are ordered neither way (RFC 1982 3.2). */
export function isAfter16(a: number, b: number): boolean {
  const d = (a - b) & 0xffff;
  return d !== 0 && d < 0x8000;
}

/** Signed distance from `b` to `a` modulo 2^16, in [-32768, 32767]. */
export function distance16(a: number, b: number): number {
  return ((a - b) << 16) >> 16;
}

/** `a + n` modulo 2^16. */
export function add16(a: number, n: number): number {
  return (a + n) & 0xffff;
}

/** `a` is after `b` in 32-bit serial order. Numbers exactly half the space apart are ordered neither way (RFC 1982 3.2). */
export function isAfter32(a: number, b: number): boolean {
  const d = (a - b) >>> 0;
  return d !== 0 && d < 0x80000000;
}

/** Signed distance from `b` to `a` modulo 2^32, in [-2^31, 2^31 - 1]. */
export function distance32(a: number, b: number): number {
  return (a - b) | 0;
}

/** `a + n` modulo 2^32. */
export function add32(a: number, n: number): number {
  return (a + n) >>> 0;
}
