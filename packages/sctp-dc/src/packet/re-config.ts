import { Cursor, type Writer } from '@hawser/wire';
import { ChunkType, ParameterType } from './chunk-types.ts';

/** Results of a Re-configuration Response (RFC 6525 4.4). */
export const ReconfigResult = {
  nothingToDo: 0,
  performed: 1,
  denied: 2,
  wrongSsn: 3,
  alreadyInProgress: 4,
  badSequenceNumber: 5,
  inProgress: 6,
} as const;

/**
 * An Outgoing SSN Reset Request as received (RFC 6525 4.1). Reused; `bytes` is borrowed.
 *
 * ```
 * |     Parameter Type = 13       | Parameter Length = 16 + 2 * N |
 * |           Re-configuration Request Sequence Number            |
 * |           Re-configuration Response Sequence Number           |
 * |                Sender's Last Assigned TSN                     |
 * |  Stream Number 1 (optional)   |    Stream Number 2 (optional) |
 * ```
 */
export class OutgoingReset {
  requestNumber = 0;
  lastTsn = 0;
  streamCount = 0;
  #bytes: Uint8Array = EMPTY;
  #at = 0;
  readonly #cursor = new Cursor();

  /** Reads the value of a parameter. */
  read(bytes: Uint8Array, at: number, length: number): boolean {
    const c = this.#cursor.reset(bytes, at, length);
    this.requestNumber = c.u32();
    c.skip(4);
    this.lastTsn = c.u32();
    this.streamCount = c.remaining >>> 1;
    this.#bytes = bytes;
    this.#at = c.position;
    return !c.failed && (c.remaining & 1) === 0;
  }

  streamId(i: number): number {
    const at = this.#at + 2 * i;
    return (this.#bytes[at] << 8) | this.#bytes[at + 1];
  }
}

/** Writes a RE-CONFIG chunk (RFC 6525 3.1) with one Outgoing SSN Reset Request. */
export function writeOutgoingReset(
  w: Writer,
  requestNumber: number,
  responseNumber: number,
  lastTsn: number,
  streams: readonly number[],
): void {
  const length = 16 + 2 * streams.length;
  w.u8(ChunkType.reConfig);
  w.u8(0);
  w.u16(4 + length);
  w.u16(ParameterType.outgoingReset);
  w.u16(length);
  w.u32(requestNumber);
  w.u32(responseNumber);
  w.u32(lastTsn);
  for (const id of streams) w.u16(id);
  w.zeros(-length & 3);
}

/**
 * Writes a RE-CONFIG chunk with one Add Outgoing Streams Request (RFC 6525 4.5); that for incoming ones (4.6) is the same but for its
 * type.
 *
 * ```
 * |     Parameter Type = 17       |      Parameter Length = 12    |
 * |          Re-configuration Request Sequence Number             |
 * |      Number of new streams    |         Reserved              |
 * ```
 */
export function writeAddStreams(w: Writer, requestNumber: number, count: number): void {
  w.u8(ChunkType.reConfig);
  w.u8(0);
  w.u16(16);
  w.u16(ParameterType.addOutgoingStreams);
  w.u16(12);
  w.u32(requestNumber);
  w.u16(count);
  w.u16(0);
}

/** Writes a RE-CONFIG chunk with one Re-configuration Response (RFC 6525 4.4). */
export function writeReconfigResponse(w: Writer, responseNumber: number, result: number): void {
  w.u8(ChunkType.reConfig);
  w.u8(0);
  w.u16(16);
  w.u16(ParameterType.reconfigResponse);
  w.u16(12);
  w.u32(responseNumber);
  w.u32(result);
}

const EMPTY = new Uint8Array(0);
