import { Cursor, type Writer } from '@hawser/wire';
import { ChunkType } from './chunk-types.ts';

/**
 * A FORWARD-TSN chunk as received (RFC 3758 3.2). Reused; `bytes` is borrowed.
 *
 * ```
 * |   Type = 192  |  Flags = 0x00 |        Length = Variable      |
 * |                      New Cumulative TSN                       |
 * |         Stream-1              |       Stream Sequence-1       |  any number of times, ordered streams only
 * ```
 */
export class ForwardTsnChunk {
  newCumulativeTsn = 0;
  streamCount = 0;
  #bytes: Uint8Array = EMPTY;
  #at = 0;
  readonly #cursor = new Cursor();

  /** Reads the value of a chunk; false when its length is not 4 + 4 n. */
  read(bytes: Uint8Array, at: number, length: number): boolean {
    const c = this.#cursor.reset(bytes, at, length);
    this.newCumulativeTsn = c.u32();
    this.streamCount = c.remaining >>> 2;
    this.#bytes = bytes;
    this.#at = c.position;
    return !c.failed && (c.remaining & 3) === 0;
  }

  streamId(i: number): number {
    const at = this.#at + 4 * i;
    return (this.#bytes[at] << 8) | this.#bytes[at + 1];
  }

  ssn(i: number): number {
    const at = this.#at + 4 * i + 2;
    return (this.#bytes[at] << 8) | this.#bytes[at + 1];
  }
}

/** Writes a FORWARD-TSN chunk: `skipped` holds, per ordered stream, the highest sequence number passed over. */
export function writeForwardTsn(w: Writer, newCumulativeTsn: number, skipped: ReadonlyMap<number, number>): void {
  w.u8(ChunkType.forwardTsn);
  w.u8(0);
  w.u16(8 + 4 * skipped.size);
  w.u32(newCumulativeTsn);
  for (const [streamId, ssn] of skipped) {
    w.u16(streamId);
    w.u16(ssn);
  }
}

const EMPTY = new Uint8Array(0);
