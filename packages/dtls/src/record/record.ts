/**
 * The record header, RFC 6347 4.1.
 *
 * ```
 *  0      1       3       5                       11      13
 * +------+-------+-------+-----------------------+-------+----------
 * | type |version| epoch |    sequence number    | length| fragment
 * +------+-------+-------+-----------------------+-------+----------
 * ```
 *
 * With a connection id (RFC 9146 4) the type is 25, the id stands before the length, and the true type is encrypted.
 *
 * Records of epoch 1 carry a tag of 16 bytes behind the ciphertext; AES-GCM's an explicit nonce of 8 before it too
 * (RFC 5288 3).
 */
import { Verdict } from '@hawser/wire';
import { unifiedRecordLength } from '../record13/unified-header.ts';

/** Content types, RFC 5246 6.2.1, RFC 9146 4 and RFC 9147 7. */
export const ContentType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
  tls12Cid: 25,
  ack: 26,
} as const;

/** Protocol versions as DTLS writes them: one's complement of TLS's (RFC 6347 4.1). */
export const ProtocolVersion = { dtls10: 0xfeff, dtls12: 0xfefd, dtls13: 0xfefc } as const;

export const RECORD_HEADER_LENGTH = 13;
export const TAG_LENGTH = 16;
/** The most that `seal` adds without a connection id: 13 + 8 before the payload, 16 behind it. */
export const RECORD_OVERHEAD = RECORD_HEADER_LENGTH + 8 + TAG_LENGTH;
/** Most bytes of payload in a record, RFC 5246 6.2.1. */
export const MAX_PLAINTEXT_LENGTH = 16_384;
/** Most bytes of a protected fragment, RFC 5246 6.2.3. */
const MAX_CIPHERTEXT_LENGTH = MAX_PLAINTEXT_LENGTH + 2048;
/** The one number among the types of records that is none: heartbeat (RFC 6520), which is not spoken here. */
const HEARTBEAT = 24;
/** One more than the highest record number, 2^48. */
export const RECORD_NUMBER_LIMIT = 0x1_0000_0000_0000;

/**
 * Length of the record at `offset` with its header, bytes; -1 when no whole record of DTLS 1.0 to 1.3 of a known type
 * stands there.
 *
 * @param length bytes that may be read from `offset` on: to the end of the datagram
 * @param connectionIdLength bytes of the connection id that the peer puts into protected records; default 0: none
 */
export function recordLength(bytes: Uint8Array, offset: number, length: number, connectionIdLength = 0): number {
  if (length < 1 || offset < 0 || offset + length > bytes.length) return -1;
  const type = bytes[offset];
  if (isUnifiedHeader(type)) return unifiedRecordLength(bytes, offset, length, connectionIdLength);
  if (length < RECORD_HEADER_LENGTH || !isContentType(type)) return -1;
  if (bytes[offset + 1] !== 0xfe || (bytes[offset + 2] !== 0xfd && bytes[offset + 2] !== 0xff)) return -1;
  const idLength = type === ContentType.tls12Cid ? connectionIdLength : 0;
  if (type === ContentType.tls12Cid && (idLength === 0 || length < RECORD_HEADER_LENGTH + idLength)) return -1;
  const fragmentLength = (bytes[offset + 11 + idLength] << 8) | bytes[offset + 12 + idLength];
  if (fragmentLength > MAX_CIPHERTEXT_LENGTH) return -1;
  const total = RECORD_HEADER_LENGTH + idLength + fragmentLength;
  return total <= length ? total : -1;
}

/**
 * Content type of the record at `offset`: one of `ContentType` wherever `recordLength` is not -1. A protected record of
 * DTLS 1.3, or with a connection id, looks like application data whatever it is (RFC 8446 5.2): its type is known to `open`
 * alone.
 */
export function recordContentType(bytes: Uint8Array, offset: number): number {
  const type = bytes[offset];
  return isUnifiedHeader(type) || type === ContentType.tls12Cid ? ContentType.applicationData : type;
}

/** Whether it is one of `ContentType`. */
function isContentType(type: number): boolean {
  return type >= ContentType.changeCipherSpec && type <= ContentType.ack && type !== HEARTBEAT;
}

/** Whether `byte` begins a protected record of DTLS 1.3: its three highest bits are 001 (RFC 9147 4). */
export function isUnifiedHeader(byte: number): boolean {
  return byte >>> 5 === 1;
}

export function recordVersion(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + 1] << 8) | bytes[offset + 2];
}

export function recordEpoch(bytes: Uint8Array, offset: number): number {
  return (bytes[offset + 3] << 8) | bytes[offset + 4];
}

/** The 48-bit sequence number. */
export function recordNumber(bytes: Uint8Array, offset: number): number {
  const high = (bytes[offset + 5] << 8) | bytes[offset + 6];
  const low =
    ((bytes[offset + 7] << 24) | (bytes[offset + 8] << 16) | (bytes[offset + 9] << 8) | bytes[offset + 10]) >>> 0;
  return high * 0x1_0000_0000 + low;
}

/** Writes the 13 bytes of a header at `offset`. `fragmentLength` counts everything behind it. */
export function writeRecordHeader(
  bytes: Uint8Array,
  offset: number,
  type: number,
  version: number,
  epoch: number,
  number: number,
  fragmentLength: number,
): void {
  bytes[offset] = type;
  bytes[offset + 1] = version >>> 8;
  bytes[offset + 2] = version;
  bytes[offset + 3] = epoch >>> 8;
  bytes[offset + 4] = epoch;
  const high = Math.floor(number / 0x1_0000_0000);
  const low = number >>> 0;
  bytes[offset + 5] = high >>> 8;
  bytes[offset + 6] = high;
  bytes[offset + 7] = low >>> 24;
  bytes[offset + 8] = low >>> 16;
  bytes[offset + 9] = low >>> 8;
  bytes[offset + 10] = low;
  bytes[offset + 11] = fragmentLength >>> 8;
  bytes[offset + 12] = fragmentLength;
}

/** Whether the first byte of a datagram is that of a DTLS record (RFC 7983 7: 20 to 63). */
export function isDtlsFirstByte(byte: number): boolean {
  return byte >= 20 && byte <= 63;
}

/** The verdict on a datagram at whose `offset` no record stands: not ours, or ours and broken. */
export function notARecord(bytes: Uint8Array, offset: number, length: number): Verdict {
  return length > 0 && isDtlsFirstByte(bytes[offset]) ? Verdict.malformed : Verdict.notMine;
}
