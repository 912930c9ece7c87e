import { add16, Verdict, type Writer } from '@hawser/wire';
import { readU16 } from '../bytes.ts';
import { FeedbackReader } from './feedback.ts';
import type { RtcpReader } from './rtcp-reader.ts';
import { RtcpType, TransportFeedbackFormat } from './rtcp-type.ts';
import { beginRtcp, endRtcp } from './rtcp-writer.ts';

/**
 * Walks the lost packets that a generic NACK names.
 *
 * ```
 * FCI  | packet id | bitmask: bit i set = packet id + i + 1 is lost too |  one or more
 * ```
 *
 * RFC: 4585 6.2.1.
 */
export class NackReader {
  readonly #feedback = new FeedbackReader();
  /** The lost sequence number that `next` stands on. */
  sequence = 0;
  #bytes: Uint8Array | undefined;
  #at = 0;
  #end = 0;
  #pid = 0;
  #mask = 0;

  get senderSsrc(): number {
    return this.#feedback.senderSsrc;
  }

  get mediaSsrc(): number {
    return this.#feedback.mediaSsrc;
  }

  /** `notMine`: another packet. `malformed`: no pair at all, or not a whole number of them. */
  parse(packet: RtcpReader): Verdict {
    if (packet.type !== RtcpType.transportFeedback || packet.count !== TransportFeedbackFormat.nack) {
      return Verdict.notMine;
    }
    const common = this.#feedback.parse(packet);
    if (common !== Verdict.consumed) return common;
    const { fciOffset, fciLength } = this.#feedback;
    if (fciLength === 0 || (fciLength & 3) !== 0) return Verdict.malformed;
    this.#bytes = packet.bytes;
    this.#at = fciOffset;
    this.#end = fciOffset + fciLength;
    this.#mask = 0;
    return Verdict.consumed;
  }

  /** Moves to the next lost sequence number; false behind the last. */
  next(): boolean {
    if (this.#mask !== 0) {
      const bit = 31 - Math.clz32(this.#mask & -this.#mask);
      this.#mask &= this.#mask - 1;
      this.sequence = add16(this.#pid, bit + 1);
      return true;
    }
    if (this.#bytes === undefined || this.#at >= this.#end) return false;
    this.#pid = this.sequence = readU16(this.#bytes, this.#at);
    this.#mask = readU16(this.#bytes, this.#at + 2);
    this.#at += 4;
    return true;
  }
}

/**
 * Writes a generic NACK of the first `count` of `sequences`, which must be in serial order; sixteen that follow a packet
 * share its pair. RFC: 4585 6.2.1.
 *
 * @param count at least 1
 */
export function writeNack(
  writer: Writer,
  senderSsrc: number,
  mediaSsrc: number,
  sequences: ArrayLike<number>,
  count = sequences.length,
): void {
  const at = beginRtcp(writer, TransportFeedbackFormat.nack, RtcpType.transportFeedback);
  writer.u32(senderSsrc);
  writer.u32(mediaSsrc);
  for (let i = 0; i < count; ) {
    const pid = sequences[i++];
    let mask = 0;
    for (; i < count; i++) {
      const after = (sequences[i] - pid) & 0xffff;
      if (after === 0 || after > 16) break;
      mask |= 1 << (after - 1);
    }
    writer.u16(pid);
    writer.u16(mask);
  }
  endRtcp(writer, at);
}
