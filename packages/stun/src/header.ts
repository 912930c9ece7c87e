import type { StunClass } from './registry.ts';

/**
 * The header of a STUN message (RFC 8489 5, figures 2 and 3).
 *
 * ```
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |0 0|     STUN Message Type     |         Message Length        |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                         Magic Cookie                          |
 *  +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *  |                     Transaction ID (96 bits)                  |
 * ```
 */

/** The fixed value that tells STUN from what came before it and from other protocols. */
export const MAGIC_COOKIE = 0x2112a442;

/** Bytes of a message before its first attribute. */
export const HEADER_BYTES = 20;

/** Bytes of a transaction id. */
export const TRANSACTION_ID_BYTES = 12;

/**
 * Whether the bytes look like a STUN message: two zero bits, the magic cookie, a length that is a multiple of four
 * (RFC 8489 5). For demultiplexing; says nothing about the attributes. Any range is allowed, also one outside `bytes`.
 */
export function isStun(bytes: Uint8Array, offset: number, length: number): boolean {
  return (
    length >= HEADER_BYTES &&
    offset >= 0 &&
    offset + length <= bytes.length &&
    bytes[offset] < 0x40 &&
    bytes[offset + 4] === 0x21 &&
    bytes[offset + 5] === 0x12 &&
    bytes[offset + 6] === 0xa4 &&
    bytes[offset + 7] === 0x42 &&
    (bytes[offset + 3] & 3) === 0
  );
}

/**
 * The 14-bit message type of a class and a method. The class bits sit between the method bits for the sake of RFC 3489
 * (RFC 8489 5, figure 3): `M11-M7 C1 M6-M4 C0 M3-M0`.
 *
 * @param method 0 to 0xfff
 */
export function messageType(cls: StunClass, method: number): number {
  return (method & 0x00f) | ((method & 0x070) << 1) | ((method & 0xf80) << 2) | ((cls & 1) << 4) | ((cls & 2) << 7);
}

/** The method of a message type. */
export function methodOf(type: number): number {
  return (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2);
}

/** The class of a message type. */
export function classOf(type: number): StunClass {
  return (((type >> 4) & 1) | ((type >> 7) & 2)) as StunClass;
}
