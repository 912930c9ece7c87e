import { Verdict, type Writer } from '@hawser/wire';
import { readU24, readU32 } from '../bytes.ts';
import { FeedbackReader } from './feedback.ts';
import type { RtcpReader } from './rtcp-reader.ts';
import { PayloadFeedbackFormat, RtcpType } from './rtcp-type.ts';
import { beginRtcp, endRtcp } from './rtcp-writer.ts';

/**
 * Reads a receiver estimated maximum bitrate.
 *
 * ```
 * FCI  | 'R' 'E' 'M' 'B' | count of SSRCs | exponent 6, mantissa 18 bits | SSRC … |
 * ```
 *
 * RFC: draft-alvestrand-rmcat-remb-03 2.2.
 */
export class RembReader {
  readonly #feedback = new FeedbackReader();
  /** Bits per second, up to 2^81: a number, not an integer. */
  bitrateBps = 0;
  ssrcCount = 0;
  #bytes: Uint8Array | undefined;

  get senderSsrc(): number {
    return this.#feedback.senderSsrc;
  }

  /** `notMine`: another packet. `malformed`: a count of SSRCs that disagrees with the length. */
  parse(packet: RtcpReader): Verdict {
    if (packet.type !== RtcpType.payloadFeedback || packet.count !== PayloadFeedbackFormat.application) {
      return Verdict.notMine;
    }
    const common = this.#feedback.parse(packet);
    if (common !== Verdict.consumed) return common;
    const { fciOffset, fciLength } = this.#feedback;
    if (fciLength < 4 || readU32(packet.bytes, fciOffset) !== REMB_IDENTIFIER) return Verdict.notMine;
    if (fciLength < 8 || fciLength !== 8 + 4 * packet.bytes[fciOffset + 4]) return Verdict.malformed;
    const rate = readU24(packet.bytes, fciOffset + 5);
    this.bitrateBps = (rate & 0x3ffff) * 2 ** (rate >>> 18);
    this.ssrcCount = packet.bytes[fciOffset + 4];
    this.#bytes = packet.bytes;
    return Verdict.consumed;
  }

  /** The source of index `i`, `0 <= i < ssrcCount`. */
  ssrc(i: number): number {
    return this.#bytes === undefined ? 0 : readU32(this.#bytes, this.#feedback.fciOffset + 8 + 4 * i);
  }
}

/** Writes a REMB; the rate is rounded down to 18 significant bits. @param bitrateBps 0 to 2^81 @param count 0 to 255 */
export function writeRemb(
  writer: Writer,
  senderSsrc: number,
  bitrateBps: number,
  ssrcs: ArrayLike<number>,
  count = ssrcs.length,
): void {
  let exponent = 0;
  let mantissa = Math.floor(bitrateBps);
  while (mantissa > 0x3ffff && exponent < 63) {
    mantissa = Math.floor(mantissa / 2);
    exponent++;
  }
  const at = beginRtcp(writer, PayloadFeedbackFormat.application, RtcpType.payloadFeedback);
  writer.u32(senderSsrc);
  writer.u32(0);
  writer.u32(REMB_IDENTIFIER);
  writer.u8(count);
  writer.u24((exponent << 18) | Math.min(mantissa, 0x3ffff));
  for (let i = 0; i < count; i++) writer.u32(ssrcs[i]);
  endRtcp(writer, at);
}

/** "REMB". */
const REMB_IDENTIFIER = 0x52454d42;
