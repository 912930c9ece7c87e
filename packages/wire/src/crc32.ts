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
  return ~crcAdvance(SLICES, ~initial, bytes, offset, length) >>> 0;
}

const SLICES = crcSlices(0xedb88320);
