import { Cursor, type Writer } from '@hawser/wire';
import { ChunkType } from './chunk-types.ts';

/** Bytes of a SACK chunk without gap blocks or duplicates. */
export const SACK_HEADER_BYTES = 16;

/**
 * A SACK chunk as received (RFC 9260 3.3.4). Reused; `bytes` is borrowed. Blocks are read through accessors.
 *
 * ```
 * |   Type = 3    |  Chunk Flags  |         Chunk Length          |
 * |                      Cumulative TSN Ack                       |
 * |          Advertised Receiver Window Credit (a_rwnd)           |
 * | Number of Gap Ack Blocks = N  |  Number of Duplicate TSNs = M |
 * |    Gap Ack Block #1 Start     |     Gap Ack Block #1 End      |  N times, offsets from the Cumulative TSN Ack
 * |                       Duplicate TSN 1                         |  M times
 * ```
 */
export class SackChunk {
  cumulativeTsn = 0;
  windowBytes = 0;
  gapCount = 0;
  duplicateCount = 0;
  #bytes: Uint8Array = EMPTY;
  #gapsAt = 0;
  readonly #cursor = new Cursor();

  /** Reads the value of a chunk; false when the counts disagree with its length. */
  read(bytes: Uint8Array, at: number, length: number): boolean {
    const c = this.#cursor.reset(bytes, at, length);
    this.cumulativeTsn = c.u32();
    this.windowBytes = c.u32();
    this.gapCount = c.u16();
    this.duplicateCount = c.u16();
    this.#bytes = bytes;
    this.#gapsAt = c.position;
    return !c.failed && c.remaining === 4 * (this.gapCount + this.duplicateCount);
  }

  /** First offset of block `i`, relative to the Cumulative TSN Ack. */
  gapStart(i: number): number {
    const at = this.#gapsAt + 4 * i;
    return (this.#bytes[at] << 8) | this.#bytes[at + 1];
  }

  /** Last offset of block `i`, inclusive. */
  gapEnd(i: number): number {
    const at = this.#gapsAt + 4 * i + 2;
    return (this.#bytes[at] << 8) | this.#bytes[at + 1];
  }

  duplicate(i: number): number {
    const b = this.#bytes;
    const at = this.#gapsAt + 4 * (this.gapCount + i);
    return ((b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]) >>> 0;
  }
}

/** Writes the head of a SACK chunk; the caller writes `gapCount` pairs of u16 and `duplicateCount` u32 behind it. */
export function writeSackHead(
  w: Writer,
  cumulativeTsn: number,
  windowBytes: number,
  gapCount: number,
  duplicateCount: number,
): void {
  w.u8(ChunkType.sack);
  w.u8(0);
  w.u16(SACK_HEADER_BYTES + 4 * (gapCount + duplicateCount));
  w.u32(cumulativeTsn);
  w.u32(windowBytes);
  w.u16(gapCount);
  w.u16(duplicateCount);
}

const EMPTY = new Uint8Array(0);
