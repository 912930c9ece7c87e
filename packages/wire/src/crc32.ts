import { crcAdvance, crcSlices } from './crc-slices.ts';

/**
 * The CRC-32 of ITU-T V.42 (IEEE 802.3), which STUN's FINGERPRINT exclusive-ors with 0x5354554e (RFC 8489 14.7).
 *
 * The range must lie inside `bytes`. `initial` is the result for what came before: `crc32(b, 0, n, crc32(a, 0, m))` is
 * the CRC of `a` and `b` in a row.
 *
 * @returns an unsigned 32-bit integer
 */
export function crc32(bytes: Uint8Array, offset: number, length: number, initial = 0): number {
  return crc32Signed(bytes, offset, length, initial) >>> 0;
}

/**
 * The bits of {@link crc32} as a signed 32-bit integer, for hot paths: V8 has small integers for these, where an unsigned
 * one above 2^31 - 1 is an object on the heap whenever it is returned from a call that was not inlined.
 *
 * @returns a signed 32-bit integer
 */
export function crc32Signed(bytes: Uint8Array, offset: number, length: number, initial = 0): number {
  return ~crcAdvance(SLICES, ~initial, bytes, offset, length);
}

const SLICES = crcSlices(0xedb88320);
