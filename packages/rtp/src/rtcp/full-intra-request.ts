import { Verdict, type Writer } from '@hawser/wire';
import { readU32 } from '../bytes.ts';
import { FeedbackReader } from './feedback.ts';
import type { RtcpReader } from './rtcp-reader.ts';
import { PayloadFeedbackFormat, RtcpType } from './rtcp-type.ts';
import { beginRtcp, endRtcp } from './rtcp-writer.ts';

/**
 * Reads a full intra request. `FCI | SSRC | sequence number | 3 reserved |`, one or more; the number tells a new request
 * from a repeated one.
 *
 * RFC: 5104 4.3.1.
 */
export class FullIntraRequestReader {
  readonly #feedback = new FeedbackReader();
  /** Requests, at least 1. */
  requestCount = 0;
  #bytes: Uint8Array | undefined;

  get senderSsrc(): number {
    return this.#feedback.senderSsrc;
  }

  /** `notMine`: another packet. `malformed`: no request, or a cut one. */
  parse(packet: RtcpReader): Verdict {
    if (packet.type !== RtcpType.payloadFeedback || packet.count !== PayloadFeedbackFormat.fir) return Verdict.notMine;
    const common = this.#feedback.parse(packet);
    if (common !== Verdict.consumed) return common;
    if (this.#feedback.fciLength === 0 || (this.#feedback.fciLength & 7) !== 0) return Verdict.malformed;
    this.requestCount = this.#feedback.fciLength >>> 3;
    this.#bytes = packet.bytes;
    return Verdict.consumed;
  }

  /** Who is asked for a key frame by request `i`, `0 <= i < requestCount`. */
  ssrc(i: number): number {
    return this.#bytes === undefined ? 0 : readU32(this.#bytes, this.#feedback.fciOffset + 8 * i);
  }

  /** The number of request `i`, 0 to 255: only a new one asks anew. */
  sequence(i: number): number {
    return this.#bytes === undefined ? 0 : this.#bytes[this.#feedback.fciOffset + 8 * i + 4];
  }
}

/** Writes a full intra request to one source. @param sequence 0 to 255, one more for every new request */
export function writeFullIntraRequest(writer: Writer, senderSsrc: number, ssrc: number, sequence: number): void {
  const at = beginRtcp(writer, PayloadFeedbackFormat.fir, RtcpType.payloadFeedback);
  writer.u32(senderSsrc);
  // The media source of the common part is not used and is zero (RFC 5104 4.3.1.2).
  writer.u32(0);
  writer.u32(ssrc);
  writer.u8(sequence);
  writer.u24(0);
  endRtcp(writer, at);
}
