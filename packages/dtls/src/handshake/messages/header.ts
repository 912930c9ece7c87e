/**
 * The header of a handshake fragment, RFC 6347 4.2.2.
 *
 * ```
 *  0       1           4             6                 9                 12
 * +-------+-----------+-------------+-----------------+-----------------+------
 * | type  |  length   | message_seq | fragment_offset | fragment_length | body
 * +-------+-----------+-------------+-----------------+-----------------+------
 * ```
 */

/** Handshake message types, RFC 5246 7.4, RFC 6347 4.3.2 and RFC 9147 5.2. */
export const HandshakeType = {
  helloRequest: 0,
  clientHello: 1,
  serverHello: 2,
  helloVerifyRequest: 3,
  newSessionTicket: 4,
  encryptedExtensions: 8,
  requestConnectionId: 9,
  newConnectionId: 10,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
  certificateVerify: 15,
  clientKeyExchange: 16,
  finished: 20,
  keyUpdate: 24,
  messageHash: 254,
} as const;

export const HANDSHAKE_HEADER_LENGTH = 12;

/** A whole handshake message. */
export interface HandshakeMessage {
  readonly type: number;
  /** message_seq */
  readonly seq: number;
  readonly body: Uint8Array;
  /** Epoch of the records that brought it. */
  readonly epoch: number;
  /** Number of the record that made it whole. */
  readonly recordNumber: number;
}

/** Writes the 12 bytes of a fragment's header at `at`. */
export function writeHandshakeHeader(
  bytes: Uint8Array,
  at: number,
  type: number,
  length: number,
  seq: number,
  fragmentOffset: number,
  fragmentLength: number,
): void {
  bytes[at] = type;
  writeU24(bytes, at + 1, length);
  bytes[at + 4] = seq >>> 8;
  bytes[at + 5] = seq;
  writeU24(bytes, at + 6, fragmentOffset);
  writeU24(bytes, at + 9, fragmentLength);
}

function writeU24(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 16;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value;
}
