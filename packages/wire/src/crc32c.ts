import { crcAdvance, crcSlices } from './crc-slices.ts';

/**
 * The CRC-32C (Castagnoli) of SCTP (RFC 9260 appendix A). SCTP puts the result in its checksum field with the least
 * significant byte first.
 *
 * The range must lie inside `bytes`. `initial` is the result for what came before, so a packet is checked with its
 * checksum field taken as zeros, without writing to it:
 *
 * ```ts
 * const head = crc32c(packet, offset, 8);
 * const field = crc32c(FOUR_ZEROS, 0, 4, head);
 * const sum = crc32c(packet, offset + 12, length - 12, field);
 * ```
 *
 * @returns an unsigned 32-bit integer
 */
export function crc32c(bytes: Uint8Array, offset: number, length: number, initial = 0): number {
  return ~crcAdvance(SLICES, ~initial, bytes, offset, length) >>> 0;
}

const SLICES = crcSlices(0x82f63b78);
