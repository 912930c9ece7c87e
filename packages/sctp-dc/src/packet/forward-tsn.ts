import { Cursor, type Writer } from '@hawser/wire';
import { ChunkType } from './chunk-types.ts';

/** Bytes of a chunk without entries. */
export const FORWARD_TSN_HEADER_BYTES = 8;

/** Bytes of one entry: of FORWARD-TSN, or of I-FORWARD-TSN. */
export function forwardTsnEntryBytes(interleaved: boolean): number {
  return interleaved ? 8 : 4;
}

/**
 * A FORWARD-TSN (RFC 3758 3.2) or I-FORWARD-TSN chunk (RFC 8260 2.3.1) as received. Reused; `bytes` is borrowed.
 *
 * ```
 * | Type = 192, with I-DATA 194   |  Flags = 0x00 |        Length = Variable      |
 * |                      New Cumulative TSN                       |
 * |           Stream              |        Stream Sequence        |  any number of times, ordered streams only; with I-DATA:
 * |       Stream Identifier       |          Reserved           |U|
 * |                       Message Identifier                      |
 * ```
 */
export class ForwardTsnChunk {
  newCumulativeTsn = 0;
  count = 0;
  #interleaved = false;
  #bytes: Uint8Array = EMPTY;
  #at = 0;
  readonly #cursor = new Cursor();

  /** Reads the value of a chunk; false when its length is not that of so many entries. */
  read(interleaved: boolean, bytes: Uint8Array, at: number, length: number): boolean {
    const c = this.#cursor.reset(bytes, at, length);
    const entryBytes = forwardTsnEntryBytes(interleaved);
    this.newCumulativeTsn = c.u32();
    this.count = Math.floor(c.remaining / entryBytes);
    this.#interleaved = interleaved;
    this.#bytes = bytes;
    this.#at = c.position;
    return !c.failed && c.remaining === this.count * entryBytes;
  }

  streamId(i: number): number {
    const at = this.#entry(i);
    return (this.#bytes[at] << 8) | this.#bytes[at + 1];
  }

  /** U: of I-FORWARD-TSN; the other names ordered streams alone. */
  unordered(i: number): boolean {
    return this.#interleaved && (this.#bytes[this.#entry(i) + 3] & 1) !== 0;
  }

  /** The highest number passed over: SSN, 16 bits, or MID, 32 bits. */
  number(i: number): number {
    const b = this.#bytes;
    const at = this.#entry(i);
    if (!this.#interleaved) return (b[at + 2] << 8) | b[at + 3];
    return ((b[at + 4] << 24) | (b[at + 5] << 16) | (b[at + 6] << 8) | b[at + 7]) >>> 0;
  }

  #entry(i: number): number {
    return this.#at + forwardTsnEntryBytes(this.#interleaved) * i;
  }
}

/** Writes the chunk: `skipped` holds, by 2 · stream + U, the highest SSN or MID passed over. */
export function writeForwardTsn(
  w: Writer,
  interleaved: boolean,
  newCumulativeTsn: number,
  skipped: ReadonlyMap<number, number>,
): void {
  w.u8(interleaved ? ChunkType.iForwardTsn : ChunkType.forwardTsn);
  w.u8(0);
  w.u16(FORWARD_TSN_HEADER_BYTES + forwardTsnEntryBytes(interleaved) * skipped.size);
  w.u32(newCumulativeTsn);
  for (const [key, number] of skipped) {
    w.u16(key >>> 1);
    w.u16(interleaved ? key & 1 : number);
    if (interleaved) w.u32(number);
  }
}

const EMPTY = new Uint8Array(0);
