/**
 * Where everything lies. A ring is a region of a SharedArrayBuffer (or of an ArrayBuffer, for use in one thread) that
 * begins at a multiple of 8: a power of two of bytes for records, and a trailer.
 *
 * ```
 *  0                                                    capacity             capacity + 768
 *  +------------+---------+-- - - --+-------------------+--------------------+
 *  | record     | record  |  free   | record | padding  | trailer            |
 *  +------------+---------+-- - - --+-------------------+--------------------+
 *
 *  record, at a multiple of 8                            trailer, in lines of 128 bytes
 *   0         4         8                      length     +0    magic | version | kind | capacity     written once
 *   +---------+---------+----------------------+- - -+    +128  tail          producers -> consumers
 *   | length  | type    | message              | pad |    +256  claim, cached head, bell, epoch
 *   +---------+---------+----------------------+- - -+    +384  head          consumer -> producers
 *    int32     int32     length - 8 bytes        to 8     +512  correlation counter (64 bits)
 *                                                         +640  consumer's heartbeat (64 bits)
 * ```
 *
 * `length` counts the header and not the padding to 8. It is negative while the record is claimed and not yet committed,
 * and 0 where nothing is. `type` is positive; {@link PADDING_TYPE} marks what the consumer passes over: the end of the
 * buffer that was too short for a record, and aborted claims. A record never wraps.
 *
 * Positions count bytes, are multiples of 8, and wrap at 2^32: only their differences mean anything, and these are at
 * most the capacity. The three bits that are left in the words of tail and head are flags, so that publishing and asking
 * "does somebody sleep on this?" are one exchange.
 *
 * Two lines of 64 bytes per field, because processors fetch lines in pairs: what one side writes often never shares a
 * line with what the other side writes often. All integers are in the byte order of the machine.
 */

/** Bytes before a message: length and type. */
export const HEADER_BYTES = 8;
/** Records begin at multiples of this. */
export const ALIGNMENT_BYTES = 8;
/** The type of records that carry nothing. */
export const PADDING_TYPE = -1;
/** Bytes behind the records. */
export const TRAILER_BYTES = 768;
/** The smallest ring: records of at most 8 bytes. */
export const MIN_CAPACITY_BYTES = 64;
/** The largest ring: a difference of positions has to stay a positive 32-bit integer. */
export const MAX_CAPACITY_BYTES = 2 ** 30;

/** `HAWR` as a little-endian text; on a machine of the other byte order the region is foreign, and refused. */
export const MAGIC = 0x52574148;
/** Raised when a reader of the old layout would misread the new one. */
export const LAYOUT_VERSION = 1;

/** What a region was made to be. */
export type RingKind = 'one-to-one' | 'many-to-one' | 'broadcast';
/** How a kind is written in the trailer. */
export const KIND_CODES: Readonly<Record<RingKind, number>> = { 'one-to-one': 1, 'many-to-one': 2, broadcast: 3 };

// Offsets in the trailer, in bytes.
export const MAGIC_AT = 0;
export const VERSION_AT = 4;
export const KIND_AT = 8;
export const CAPACITY_AT = 12;
export const TAIL_AT = 128;
export const CLAIM_AT = 256;
export const CACHED_HEAD_AT = 260;
export const BELL_AT = 264;
export const EPOCH_AT = 268;
export const HEAD_AT = 384;
export const CORRELATION_AT = 512;
export const HEARTBEAT_AT = 640;

/** Flag in the words of tail and head: somebody sleeps until this word changes. */
export const WAITING = 1;
/** Flag in the words of tail and head: the side that moves this position will not move it again. */
export const CLOSED = 2;
/** What of such a word is the position. */
export const POSITION = ~7;

/** What a record with a message of `length` bytes takes in the ring. */
export function recordBytes(length: number): number {
  return (length + HEADER_BYTES + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES;
}

/** The longest message that a ring of `capacity` bytes takes: an eighth of it, so that no record starves the others. */
export function maxMessageBytes(capacity: number): number {
  return capacity >>> 3;
}
