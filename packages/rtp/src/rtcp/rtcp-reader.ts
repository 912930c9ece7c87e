import { Verdict } from '@hawser/wire';
import { readU16 } from '../bytes.ts';

/**
 * Walks a compound RTCP packet. `reset` checks the whole chain of lengths once, `next` then stands on one packet after the
 * other, and the reader of its type (`ReportReader`, `NackReader` …) is handed this one. Reading allocates nothing.
 *
 * ```
 * |V=2|P|  count  |       type        |    length in words − 1     |
 * ```
 *
 * Reduced-size packets (RFC 5506), which do not begin with a report, are taken. Padding is taken on any packet, with counts
 * that are not multiples of four: browsers send transport-wide feedback so.
 *
 * Borrowed: `bytes`, until the next `reset`. RFC: 3550 6.1, 6.4, A.2.
 */
export class RtcpReader {
  bytes: Uint8Array = EMPTY;
  /** Packet type, see {@link RtcpType}. */
  type = 0;
  /** The 5 bits after the padding bit: a count of blocks or sources, or the format of feedback. */
  count = 0;
  /** Index in `bytes` of the packet's header. */
  offset = 0;
  /** Bytes of the packet with its header and without its padding. */
  length = 0;
  paddingBytes = 0;
  #next = 0;
  #end = 0;

  /** Starts on a compound packet. `malformed`: empty, another version, a length or padding that lies. */
  reset(bytes: Uint8Array, offset: number, length: number): Verdict {
    this.bytes = bytes;
    this.#next = this.#end = offset;
    const end = offset + length;
    if (length <= 0 || offset < 0 || end > bytes.length) return Verdict.malformed;
    for (let at = offset; at < end; ) {
      if (end - at < HEADER_BYTES || bytes[at] >>> 6 !== 2) return Verdict.malformed;
      const packetBytes = HEADER_BYTES + 4 * readU16(bytes, at + 2);
      if (packetBytes > end - at) return Verdict.malformed;
      if ((bytes[at] & PADDING_BIT) !== 0) {
        const padding = bytes[at + packetBytes - 1];
        if (padding === 0 || padding > packetBytes - HEADER_BYTES) return Verdict.malformed;
      }
      at += packetBytes;
    }
    this.#end = end;
    return Verdict.consumed;
  }

  /** Moves to the next packet of the compound; false behind the last. */
  next(): boolean {
    if (this.#next >= this.#end) return false;
    const bytes = this.bytes;
    const at = this.#next;
    const packetBytes = HEADER_BYTES + 4 * readU16(bytes, at + 2);
    this.offset = at;
    this.count = bytes[at] & 0x1f;
    this.type = bytes[at + 1];
    this.paddingBytes = (bytes[at] & PADDING_BIT) === 0 ? 0 : bytes[at + packetBytes - 1];
    this.length = packetBytes - this.paddingBytes;
    this.#next = at + packetBytes;
    return true;
  }
}

const EMPTY = new Uint8Array(0);
const HEADER_BYTES = 4;
const PADDING_BIT = 0x20;
