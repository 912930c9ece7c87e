import { add16, Verdict } from '@hawser/wire';
import { readU16, readU24, readU32 } from '../bytes.ts';
import type { RtcpReader } from '../rtcp/rtcp-reader.ts';
import { RtcpType, TransportFeedbackFormat } from '../rtcp/rtcp-type.ts';

/**
 * Reads transport-wide congestion control feedback: which packets of the connection arrived, and when. `parse` checks the
 * whole packet, `next` then walks the statuses. Reading allocates nothing.
 *
 * ```
 * | header | SSRC of packet sender | SSRC of media source |
 * |     base sequence number      |  packet status count  |
 * |        reference time, 24     |    feedback count, 8  |
 * | packet chunks, 2 bytes each | receive deltas, 1 or 2 bytes each | padding |
 * ```
 *
 * Borrowed: the packet's bytes. RFC: draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1.
 */
export class TransportFeedbackReader {
  senderSsrc = 0;
  mediaSsrc = 0;
  baseSequence = 0;
  /** Packets that the feedback names, 1 to 65 535. */
  statusCount = 0;
  /** Multiples of 64 ms on the receiver's clock, signed 24 bits. */
  referenceTime = 0;
  /** Counts feedback packets, 0 to 255: a gap is lost feedback. */
  feedbackCount = 0;
  /** The status that `next` stands on. */
  sequence = 0;
  received = false;
  /** Whether the arrival time is known: not of a packet that was not received, nor of one reported without a delta. */
  hasDelta = false;
  /** Since the received packet before, or since the reference time for the first; µs, a multiple of 250. */
  deltaUs = 0;
  /** Since the reference time, µs. */
  sinceReferenceUs = 0;
  #bytes: Uint8Array = EMPTY;
  #chunkAt = 0;
  #deltaAt = 0;
  #index = 0;
  /** What is left of the chunk: symbols of a run, or of a vector. */
  #left = 0;
  #runSymbol = 0;
  #vector = 0;
  #symbolBits = 0;

  /** Arrival on the receiver's clock, µs: reference time × 64 ms and the deltas so far. */
  get arrivalUs(): number {
    return this.referenceTime * 64000 + this.sinceReferenceUs;
  }

  /** `notMine`: another packet. `malformed`: no status, or fewer chunks or deltas than the statuses need. */
  parse(packet: RtcpReader): Verdict {
    const { bytes, offset, length } = packet;
    if (packet.type !== RtcpType.transportFeedback || packet.count !== TransportFeedbackFormat.transportCc) {
      return Verdict.notMine;
    }
    if (length < FIXED_BYTES) return Verdict.malformed;
    this.#bytes = bytes;
    this.senderSsrc = readU32(bytes, offset + 4);
    this.mediaSsrc = readU32(bytes, offset + 8);
    this.baseSequence = readU16(bytes, offset + 12);
    this.statusCount = readU16(bytes, offset + 14);
    this.referenceTime = (readU24(bytes, offset + 16) << 8) >> 8;
    this.feedbackCount = bytes[offset + 19];
    this.#chunkAt = offset + FIXED_BYTES;
    this.#index = this.#left = this.#symbolBits = 0;
    this.sinceReferenceUs = 0;
    if (this.statusCount === 0) return Verdict.malformed;
    return this.#checkLengths(offset + length) ? Verdict.consumed : Verdict.malformed;
  }

  /** Moves to the next status; false behind the last. */
  next(): boolean {
    if (this.#index >= this.statusCount) return false;
    if (this.#left === 0) this.#openChunk();
    this.#left--;
    const symbol =
      this.#symbolBits === 0
        ? this.#runSymbol
        : (this.#vector >>> (this.#left * this.#symbolBits)) & (this.#symbolBits === 1 ? 1 : 3);
    this.sequence = add16(this.baseSequence, this.#index++);
    this.received = symbol !== Symbols.notReceived;
    this.hasDelta = symbol === Symbols.smallDelta || symbol === Symbols.largeDelta;
    this.deltaUs = 0;
    if (symbol === Symbols.smallDelta) this.deltaUs = this.#bytes[this.#deltaAt++] * 250;
    else if (symbol === Symbols.largeDelta) {
      this.deltaUs = ((readU16(this.#bytes, this.#deltaAt) << 16) >> 16) * 250;
      this.#deltaAt += 2;
    }
    this.sinceReferenceUs += this.deltaUs;
    return true;
  }

  #openChunk(): void {
    const chunk = readU16(this.#bytes, this.#chunkAt);
    this.#chunkAt += 2;
    if ((chunk & VECTOR_BIT) === 0) {
      this.#symbolBits = 0;
      this.#runSymbol = (chunk >>> 13) & 3;
      this.#left = chunk & MAX_RUN;
      // A run of nothing says nothing: `#checkLengths` has seen that enough follows.
      if (this.#left === 0) this.#openChunk();
      return;
    }
    this.#symbolBits = (chunk & TWO_BIT_SYMBOLS) === 0 ? 1 : 2;
    this.#vector = chunk & 0x3fff;
    this.#left = this.#symbolBits === 1 ? 14 : 7;
  }

  /** Walks the chunks alone: where the deltas begin, and whether they end inside the packet. */
  #checkLengths(end: number): boolean {
    const bytes = this.#bytes;
    let at = this.#chunkAt;
    let deltaBytes = 0;
    let emptyRuns = 0;
    for (let left = this.statusCount; left > 0; at += 2) {
      if (end - at < 2) return false;
      const chunk = readU16(bytes, at);
      if ((chunk & VECTOR_BIT) === 0) {
        const run = Math.min(left, chunk & MAX_RUN);
        if (run === 0 && ++emptyRuns > MAX_EMPTY_RUNS) return false;
        deltaBytes += run * deltaSize((chunk >>> 13) & 3);
        left -= run;
        continue;
      }
      const bits = (chunk & TWO_BIT_SYMBOLS) === 0 ? 1 : 2;
      const symbols = Math.min(left, 14 / bits);
      for (let i = 1; i <= symbols; i++) {
        deltaBytes += deltaSize((chunk >>> (14 - i * bits)) & (bits === 1 ? 1 : 3));
      }
      left -= symbols;
    }
    this.#deltaAt = at;
    return deltaBytes <= end - at;
  }
}

/** Packet status symbols (3.1.1); the third, "received without a delta", is reserved there and used in its examples. */
export const Symbols = { notReceived: 0, smallDelta: 1, largeDelta: 2, withoutDelta: 3 } as const;

/** Longest run of a chunk (3.1.3). */
export const MAX_RUN = 0x1fff;
export const VECTOR_BIT = 0x8000;
export const TWO_BIT_SYMBOLS = 0x4000;
/** Header, two SSRCs, base, count, reference time and feedback count. */
export const FIXED_BYTES = 20;

/** Runs of length 0 that are taken: legal, never sent, and bounded so that reading one does not nest deeply. */
const MAX_EMPTY_RUNS = 16;
const EMPTY = new Uint8Array(0);

function deltaSize(symbol: number): number {
  return symbol === Symbols.smallDelta ? 1 : symbol === Symbols.largeDelta ? 2 : 0;
}
