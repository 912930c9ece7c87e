import type { Writer } from '@hawser/wire';
import { ChunkType, ParameterType } from './chunk-types.ts';

/** Bytes of our Heartbeat Information: a nonce, and the path it was sent on. */
export const HEARTBEAT_INFO_BYTES = 8;
/** Bytes of our HEARTBEAT chunks. */
export const HEARTBEAT_BYTES = 8 + HEARTBEAT_INFO_BYTES;

/**
 * Writes a HEARTBEAT chunk (RFC 9260 3.3.5).
 *
 * ```
 * |   Type = 4    |  Chunk Flags  |       Heartbeat Length        |
 * |    Heartbeat Info Type = 1    |         HB Info Length        |
 * |                             nonce                             |
 * |                             path                              |
 * ```
 */
export function writeHeartbeat(w: Writer, nonce: number, path: number): void {
  w.u8(ChunkType.heartbeat);
  w.u8(0);
  w.u16(HEARTBEAT_BYTES);
  w.u16(ParameterType.heartbeatInfo);
  w.u16(4 + HEARTBEAT_INFO_BYTES);
  w.u32(nonce);
  w.u32(path);
}
