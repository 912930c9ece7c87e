import { crc32c, type Writer } from '@hawser/wire';

/**
 * The common header (RFC 9260 3.1):
 *
 * ```
 *  0                   1                   2                   3
 * |      Source Port Number       |    Destination Port Number    |
 * |                       Verification Tag                        |
 * |                           Checksum                            |
 * ```
 */
export const COMMON_HEADER_BYTES = 12;

/** Writes the header with an empty checksum; {@link sealChecksum} fills it in. */
export function writeHeader(w: Writer, sourcePort: number, destinationPort: number, verificationTag: number): void {
  w.u16(sourcePort);
  w.u16(destinationPort);
  w.u32(verificationTag);
  w.u32(0);
}

/** Whether the CRC-32C of a whole packet, at least a header long, is right (RFC 9260 6.8). */
export function checksumMatches(bytes: Uint8Array, offset: number, length: number): boolean {
  const sum = packetChecksum(bytes, offset, length);
  const at = offset + 8;
  return (
    bytes[at] === (sum & 0xff) &&
    bytes[at + 1] === ((sum >>> 8) & 0xff) &&
    bytes[at + 2] === ((sum >>> 16) & 0xff) &&
    bytes[at + 3] === sum >>> 24
  );
}

/** Whether the checksum field is zero (RFC 9653 5.3). */
export function checksumIsZero(bytes: Uint8Array, offset: number): boolean {
  const at = offset + 8;
  return (bytes[at] | bytes[at + 1] | bytes[at + 2] | bytes[at + 3]) === 0;
}

/** Computes and stores the checksum of a finished packet, least significant byte first (RFC 9260 appendix A). */
export function sealChecksum(bytes: Uint8Array, offset: number, length: number): void {
  const at = offset + 8;
  bytes.fill(0, at, at + 4);
  const sum = crc32c(bytes, offset, length);
  bytes[at] = sum;
  bytes[at + 1] = sum >>> 8;
  bytes[at + 2] = sum >>> 16;
  bytes[at + 3] = sum >>> 24;
}

function packetChecksum(bytes: Uint8Array, offset: number, length: number): number {
  const head = crc32c(bytes, offset, 8);
  const field = crc32c(FOUR_ZEROS, 0, 4, head);
  return crc32c(bytes, offset + COMMON_HEADER_BYTES, length - COMMON_HEADER_BYTES, field);
}

const FOUR_ZEROS = new Uint8Array(4);
