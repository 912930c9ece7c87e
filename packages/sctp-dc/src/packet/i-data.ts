import type { Writer } from '@hawser/wire';
import { ChunkType, DataFlag } from './chunk-types.ts';

/** Bytes of an I-DATA chunk before its user data. */
export const I_DATA_HEADER_BYTES = 20;

/**
 * Writes an I-DATA chunk with its padding (RFC 8260 2.1): a DATA chunk whose fragments are numbered by themselves, so that
 * messages of several streams may be sent by turns.
 *
 * ```
 * |   Type = 64   |  Res  |I|U|B|E|            Length             |
 * |                              TSN                              |
 * |       Stream Identifier       |           Reserved            |
 * |                   Message Identifier (MID)                    |
 * |  Payload Protocol Identifier (B = 1) / Fragment Sequence Number (B = 0)  |
 * \                           User Data                           /
 * ```
 */
export function writeIData(
  w: Writer,
  flags: number,
  tsn: number,
  streamId: number,
  mid: number,
  ppid: number,
  fsn: number,
  payload: Uint8Array,
  at: number,
  length: number,
): void {
  w.u8(ChunkType.iData);
  w.u8(flags);
  w.u16(I_DATA_HEADER_BYTES + length);
  w.u32(tsn);
  w.u16(streamId);
  w.u16(0);
  w.u32(mid);
  w.u32((flags & DataFlag.begin) !== 0 ? ppid : fsn);
  w.bytes(payload, at, length);
  w.zeros(-length & 3);
}
