import { Verdict, type Writer } from '@hawser/wire';
import { readU32 } from '../bytes.ts';
import type { RtcpReader } from './rtcp-reader.ts';
import { PayloadFeedbackFormat, RtcpType } from './rtcp-type.ts';
import { beginRtcp, endRtcp } from './rtcp-writer.ts';

/**
 * Reads the common part of feedback packets; a PLI has nothing else.
 *
 * ```
 * | header, FMT in the count | SSRC of packet sender | SSRC of media source | FCI … |
 * ```
 *
 * RFC: 4585 6.1.
 */
export class FeedbackReader {
  senderSsrc = 0;
  mediaSsrc = 0;
  /** Index in the packet's bytes of the feedback control information, and its length. */
  fciOffset = 0;
  fciLength = 0;

  /** `notMine`: not feedback. `malformed`: shorter than the two SSRCs. */
  parse(packet: RtcpReader): Verdict {
    const { type, bytes, offset, length } = packet;
    if (type !== RtcpType.transportFeedback && type !== RtcpType.payloadFeedback) return Verdict.notMine;
    if (length < FEEDBACK_BYTES) return Verdict.malformed;
    this.senderSsrc = readU32(bytes, offset + 4);
    this.mediaSsrc = readU32(bytes, offset + 8);
    this.fciOffset = offset + FEEDBACK_BYTES;
    this.fciLength = length - FEEDBACK_BYTES;
    return Verdict.consumed;
  }
}

/** Writes a picture loss indication. RFC: 4585 6.3.1. */
export function writePli(writer: Writer, senderSsrc: number, mediaSsrc: number): void {
  const at = beginRtcp(writer, PayloadFeedbackFormat.pli, RtcpType.payloadFeedback);
  writer.u32(senderSsrc);
  writer.u32(mediaSsrc);
  endRtcp(writer, at);
}

/** Header and the two SSRCs. */
const FEEDBACK_BYTES = 12;
