/**
 * The header of a protected record, RFC 9147 4. The record number is encrypted (4.2.3) and only its low bits are there.
 *
 * ```
 *  0 1 2 3 4 5 6 7
 * +-+-+-+-+-+-+-+-+
 * |0|0|1|C|S|L|E E|  C: connection id present, S: 16 bits of record number, L: length present, E: epoch, two bits
 * +-+-+-+-+-+-+-+-+
 * / connection id /  if C, of the length that was negotiated
 * +---------------+
 * |  8 or 16 bit  |  record number
 * +---------------+
 * | 16 bit length |  if L; else the record goes to the end of the datagram
 * +---------------+
 * ```
 */

export const CONNECTION_ID_BIT = 0x10;
export const LONG_NUMBER_BIT = 0x08;
export const LENGTH_BIT = 0x04;
export const EPOCH_BITS = 0x03;
/** What we write: 001, 16 bits of number, length. Several records fit into a datagram, and thousands may be under way. */
export const OUR_FLAGS = 0x20 | LONG_NUMBER_BIT | LENGTH_BIT;
/** Flags, 16 bits of number, length; the connection id comes on top. */
export const OUR_HEADER_LENGTH = 5;

/** Shortest and longest protected part: record numbers are encrypted with 16 bytes of it (4.2.3); 8446 5.2. */
const MIN_CIPHERTEXT_LENGTH = 16;
const MAX_CIPHERTEXT_LENGTH = 16_384 + 256;

/** Bytes of the header whose first byte is `flags`. */
export function unifiedHeaderLength(flags: number, connectionIdLength: number): number {
  const connectionId = (flags & CONNECTION_ID_BIT) === 0 ? 0 : connectionIdLength;
  return 2 + connectionId + ((flags & LONG_NUMBER_BIT) >>> 3) + ((flags & LENGTH_BIT) >>> 1);
}

/** See `recordLength`. A connection id where none was negotiated is refused (9), and so is its absence where one was. */
export function unifiedRecordLength(
  bytes: Uint8Array,
  offset: number,
  length: number,
  connectionIdLength: number,
): number {
  const flags = bytes[offset];
  if (((flags & CONNECTION_ID_BIT) !== 0) !== connectionIdLength > 0) return -1;
  const headerLength = unifiedHeaderLength(flags, connectionIdLength);
  if (length < headerLength + MIN_CIPHERTEXT_LENGTH) return -1;
  const lengthAt = offset + headerLength - 2;
  const protectedLength =
    (flags & LENGTH_BIT) === 0 ? length - headerLength : (bytes[lengthAt] << 8) | bytes[lengthAt + 1];
  if (protectedLength < MIN_CIPHERTEXT_LENGTH || protectedLength > MAX_CIPHERTEXT_LENGTH) return -1;
  return headerLength + protectedLength <= length ? headerLength + protectedLength : -1;
}

/**
 * The full record number whose low bits are `low`: the one closest to `expected`, RFC 9147 4.2.2.
 *
 * @param low 8 or 16 bits of the number
 * @param span 256 or 65 536: how many numbers the bits tell apart
 * @param expected one more than the highest number that was opened in the epoch
 */
export function reconstructNumber(low: number, span: number, expected: number): number {
  const base = expected - (expected % span) + low;
  if (base > expected + span / 2) return base >= span ? base - span : base;
  if (base <= expected - span / 2) return base + span;
  return base;
}
