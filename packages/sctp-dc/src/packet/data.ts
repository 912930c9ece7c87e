import { Cursor, type Writer } from '@hawser/wire';
import { ChunkType, DataFlag } from './chunk-types.ts';

/** Bytes of a DATA chunk before its user data. */
export const DATA_HEADER_BYTES = 16;

/**
 * A DATA or I-DATA chunk as received (RFC 9260 3.3.1, RFC 8260 2.1). Reused for every chunk; `bytes` is borrowed.
 *
 * ```
 * |   Type = 0    |  Res  |I|U|B|E|            Length             |
 * |                              TSN                              |
 * |      Stream Identifier S      |   Stream Sequence Number n    |
 * |                  Payload Protocol Identifier                  |
 * \                  User Data (seq n of Stream S)                /
 * ```
 */
export class DataChunk {
  tsn = 0;
  streamId = 0;
  /** Stream Sequence Number, 16 bits; of I-DATA the Message Identifier, 32 bits. */
  ssn = 0;
  /** Fragment Sequence Number of I-DATA. */
  fsn = 0;
  ppid = 0;
  /** {@link DataFlag} bits. */
  flags = 0;
  bytes: Uint8Array = EMPTY;
  payloadAt = 0;
  payloadLength = 0;
  readonly #cursor = new Cursor();

  /** Reads the value of a chunk. False when it is shorter than its header; user data may be empty: see RFC 9260 6.2. */
  read(flags: number, bytes: Uint8Array, at: number, length: number): boolean {
    const c = this.#cursor.reset(bytes, at, length);
    this.flags = flags;
    this.bytes = bytes;
    this.tsn = c.u32();
    this.streamId = c.u16();
    this.ssn = c.u16();
    this.ppid = c.u32();
    this.fsn = 0;
    this.payloadAt = c.position;
    this.payloadLength = c.remaining;
    return !c.failed;
  }

  /** As `read`, the value of an I-DATA chunk. */
  readInterleaved(flags: number, bytes: Uint8Array, at: number, length: number): boolean {
    const c = this.#cursor.reset(bytes, at, length);
    this.flags = flags;
    this.bytes = bytes;
    this.tsn = c.u32();
    this.streamId = c.u16();
    c.skip(2);
    this.ssn = c.u32();
    const last = c.u32();
    const begins = (flags & DataFlag.begin) !== 0;
    this.ppid = begins ? last : 0;
    this.fsn = begins ? 0 : last;
    this.payloadAt = c.position;
    this.payloadLength = c.remaining;
    return !c.failed;
  }
}

/** Writes a DATA chunk with its padding. */
export function writeData(
  w: Writer,
  flags: number,
  tsn: number,
  streamId: number,
  ssn: number,
  ppid: number,
  payload: Uint8Array,
  at: number,
  length: number,
): void {
  w.u8(ChunkType.data);
  w.u8(flags);
  w.u16(DATA_HEADER_BYTES + length);
  w.u32(tsn);
  w.u16(streamId);
  w.u16(ssn);
  w.u32(ppid);
  w.bytes(payload, at, length);
  w.zeros(-length & 3);
}

/** Bytes of a DATA chunk on the wire, padding included: what a congestion window counts (RFC 9260 7.2.2). */
export function dataChunkBytes(payloadLength: number): number {
  return DATA_HEADER_BYTES + ((payloadLength + 3) & ~3);
}

const EMPTY = new Uint8Array(0);
