import { Cursor, type Writer } from '@hawser/wire';
import { ChunkType } from './chunk-types.ts';

/** Bytes of one entry. */
export const I_FORWARD_TSN_ENTRY_BYTES = 8;

/**
 * An I-FORWARD-TSN chunk as received (RFC 8260 2.3.1). Reused; `bytes` is borrowed.
 *
 * ```
 * |   Type = 194  | Flags = 0x00  |      Length = Variable        |
 * |                       New Cumulative TSN                      |
 * |       Stream Identifier       |          Reserved           |U|  any number of times
 * |                       Message Identifier                      |
 * ```
 */
export class IForwardTsnChunk {
  newCumulativeTsn = 0;
  count = 0;
  #bytes: Uint8Array = EMPTY;
  #at = 0;
  readonly #cursor = new Cursor();

  /** Reads the value of a chunk; false when its length is not 4 + 8 n. */
  read(bytes: Uint8Array, at: number, length: number): boolean {
    const c = this.#cursor.reset(bytes, at, length);
    this.newCumulativeTsn = c.u32();
    this.count = c.remaining >>> 3;
    this.#bytes = bytes;
    this.#at = c.position;
    return !c.failed && (c.remaining & 7) === 0;
  }

  streamId(i: number): number {
    const at = this.#at + I_FORWARD_TSN_ENTRY_BYTES * i;
    return (this.#bytes[at] << 8) | this.#bytes[at + 1];
  }

  unordered(i: number): boolean {
    return (this.#bytes[this.#at + I_FORWARD_TSN_ENTRY_BYTES * i + 3] & 1) !== 0;
  }

  mid(i: number): number {
    const b = this.#bytes;
    const at = this.#at + I_FORWARD_TSN_ENTRY_BYTES * i + 4;
    return ((b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]) >>> 0;
  }
}

/** Writes an I-FORWARD-TSN chunk: `skipped` holds, by 2 · stream + U, the highest MID passed over. */
export function writeIForwardTsn(w: Writer, newCumulativeTsn: number, skipped: ReadonlyMap<number, number>): void {
  w.u8(ChunkType.iForwardTsn);
  w.u8(0);
  w.u16(8 + I_FORWARD_TSN_ENTRY_BYTES * skipped.size);
  w.u32(newCumulativeTsn);
  for (const [key, mid] of skipped) {
    w.u16(key >>> 1);
    w.u16(key & 1);
    w.u32(mid);
  }
}

const EMPTY = new Uint8Array(0);
