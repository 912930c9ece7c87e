import { Verdict, type Writer } from '@hawser/wire';
import { readU32 } from '../bytes.ts';
import type { RtcpReader } from './rtcp-reader.ts';
import { RtcpType } from './rtcp-type.ts';
import { beginRtcp, endRtcp } from './rtcp-writer.ts';

/**
 * Reads a BYE: the sources that leave, and perhaps why.
 *
 * ```
 * | header | SSRC … | length, reason, zeros to the next word |
 * ```
 *
 * RFC: 3550 6.6.
 */
export class GoodbyeReader {
  /** Sources that leave, 0 to 31. */
  ssrcCount = 0;
  /** Index in the packet's bytes of the UTF-8 reason, and its length; 0 when none is given. */
  reasonOffset = 0;
  reasonLength = 0;
  #bytes: Uint8Array | undefined;
  #ssrcsAt = 0;

  /** `notMine`: another packet type. `malformed`: fewer sources than it counts, or a reason that runs past the end. */
  parse(packet: RtcpReader): Verdict {
    if (packet.type !== RtcpType.goodbye) return Verdict.notMine;
    const { bytes, offset, length } = packet;
    const reasonAt = 4 + 4 * packet.count;
    if (length < reasonAt) return Verdict.malformed;
    this.reasonOffset = offset + reasonAt + 1;
    this.reasonLength = length > reasonAt ? bytes[offset + reasonAt] : 0;
    if (length > reasonAt && reasonAt + 1 + this.reasonLength > length) return Verdict.malformed;
    this.ssrcCount = packet.count;
    this.#bytes = bytes;
    this.#ssrcsAt = offset + 4;
    return Verdict.consumed;
  }

  /** The source of index `i`, `0 <= i < ssrcCount`. */
  ssrc(i: number): number {
    return this.#bytes === undefined ? 0 : readU32(this.#bytes, this.#ssrcsAt + 4 * i);
  }
}

/** Writes a BYE of the first `count` sources. @param count 0 to 31 @param reason UTF-8, at most 255 bytes */
export function writeGoodbye(
  writer: Writer,
  ssrcs: ArrayLike<number>,
  count = ssrcs.length,
  reason?: Uint8Array | undefined,
): void {
  const at = beginRtcp(writer, count, RtcpType.goodbye);
  for (let i = 0; i < count; i++) writer.u32(ssrcs[i]);
  if (reason !== undefined) {
    if (reason.length > 255) writer.failed = true;
    writer.u8(reason.length);
    writer.bytes(reason, 0, reason.length);
    writer.zeros(-(reason.length + 1) & 3);
  }
  endRtcp(writer, at);
}
