import { add16, type Writer } from '@hawser/wire';
import { RtcpType, TransportFeedbackFormat } from '../rtcp/rtcp-type.ts';
import { beginRtcp, endRtcp } from '../rtcp/rtcp-writer.ts';
import { FIXED_BYTES, MAX_RUN, Symbols, TWO_BIT_SYMBOLS, VECTOR_BIT } from './feedback-reader.ts';

/**
 * Builds one packet of transport-wide feedback from arrivals: `reset`, `add` each packet that arrived in the order of
 * sequence numbers, `write`. Reused; allocates nothing after construction.
 *
 * RFC: draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1.
 */
export class TransportFeedbackBuilder {
  readonly #maxBytes: number;
  /** The arrivals: distance from the base sequence, and delta in ticks. */
  readonly #distance: Uint16Array;
  readonly #delta: Int16Array;
  #count = 0;
  #base = 0;
  #referenceTime = 0;
  #lastTick = 0;
  #deltaBytes = 0;
  /** Upper bound of the chunks: those of closed segments, and the length of the open one, see `#boundWith`. */
  #closedChunks = 0;
  #segment = 0;

  /** @param maxBytes most bytes of the packet written, 24 to 65 535, rounded down to a word; default 1 200 */
  constructor(maxBytes = 1200) {
    this.#maxBytes = maxBytes & ~3;
    this.#distance = new Uint16Array(this.#maxBytes - FIXED_BYTES);
    this.#delta = new Int16Array(this.#maxBytes - FIXED_BYTES);
  }

  /** Arrivals added. */
  get count(): number {
    return this.#count;
  }

  /** Starts a packet whose statuses begin with `baseSequence`. */
  reset(baseSequence: number): void {
    this.#base = baseSequence;
    this.#count = this.#deltaBytes = this.#closedChunks = this.#segment = 0;
  }

  /**
   * Adds a packet that arrived. All between it and the one added before were not received.
   *
   * @param sequence after the one added before, in serial order
   * @param arrivalMs when it came, ms on one clock for all feedback, at least 0; kept to 0.25 ms
   * @returns false, and nothing is added, when the packet is full or the delta does not fit into it: start another
   */
  add(sequence: number, arrivalMs: number): boolean {
    const tick = Math.floor(arrivalMs * TICKS_PER_MS);
    const distance = (sequence - this.#base) & 0xffff;
    const previous = this.#count === 0 ? -1 : this.#distance[this.#count - 1];
    if (distance <= previous || distance === 0xffff || this.#count === this.#distance.length) return false;
    const reference = Math.floor(tick / TICKS_PER_REFERENCE);
    const delta = this.#count === 0 ? tick - reference * TICKS_PER_REFERENCE : tick - this.#lastTick;
    if (delta < -0x8000 || delta > 0x7fff) return false;
    const deltaBytes = this.#deltaBytes + (isSmall(delta) ? 1 : 2);
    const gap = distance - previous - 1;
    if (FIXED_BYTES + 2 * this.#boundWith(gap) + deltaBytes > this.#maxBytes) return false;

    if (gap < LONG_GAP) this.#segment += gap + 1;
    else {
      this.#closedChunks += Math.ceil(this.#segment / 7) + Math.ceil(gap / MAX_RUN) + 1;
      this.#segment = 1;
    }
    if (this.#count === 0) this.#referenceTime = reference;
    this.#distance[this.#count] = distance;
    this.#delta[this.#count++] = delta;
    this.#deltaBytes = deltaBytes;
    this.#lastTick = tick;
    return true;
  }

  /**
   * Writes the packet; at least one arrival must have been added.
   *
   * @param feedbackCount one more for every feedback packet, modulo 256
   * @returns false, with `writer.failed` set, when it does not fit
   */
  write(writer: Writer, senderSsrc: number, mediaSsrc: number, feedbackCount: number): boolean {
    const at = beginRtcp(writer, TransportFeedbackFormat.transportCc, RtcpType.transportFeedback);
    writer.u32(senderSsrc);
    writer.u32(mediaSsrc);
    writer.u16(this.#base);
    writer.u16(this.#statusCount());
    writer.u24(this.#referenceTime);
    writer.u8(feedbackCount);
    this.#writeChunks(writer);
    for (let i = 0; i < this.#count; i++) {
      if (isSmall(this.#delta[i])) writer.u8(this.#delta[i]);
      else writer.u16(this.#delta[i]);
    }
    // Padding with its count, as the P bit wants it (RFC 3550 6.4.1); browsers do the same.
    const padding = -(writer.position - at) & 3;
    if (padding > 0) {
      writer.zeros(padding - 1);
      writer.u8(padding);
      if (!writer.failed) writer.buffer[at] |= 0x20;
    }
    endRtcp(writer, at);
    return !writer.failed;
  }

  /** The sequence number that the last status is of. */
  get lastSequence(): number {
    return add16(this.#base, this.#statusCount() - 1);
  }

  #statusCount(): number {
    return this.#distance[this.#count - 1] + 1;
  }

  /**
   * Most chunks that the statuses can take with another arrival behind `gap` missing packets. Every chunk that is written
   * covers at least seven statuses or a whole run. A long gap is a run per 8 191, and one chunk for a rest that is too short
   * for a run; between long gaps a segment of n statuses begins at most n/7 chunks.
   */
  #boundWith(gap: number): number {
    if (gap < LONG_GAP) return this.#closedChunks + Math.ceil((this.#segment + gap + 1) / 7);
    return this.#closedChunks + Math.ceil(this.#segment / 7) + Math.ceil(gap / MAX_RUN) + 2;
  }

  /** A run where it says more than a vector, else one-bit symbols while deltas are small, else two-bit symbols. */
  #writeChunks(writer: Writer): void {
    const statuses = this.#statusCount();
    let arrival = 0;
    for (let at = 0; at < statuses; ) {
      const run = this.#runFrom(at, arrival, statuses);
      const oneBit = this.#vectorFrom(at, arrival, statuses, 14);
      let covered: number;
      if (run >= LONG_GAP || at + run === statuses || (run >= 7 && oneBit < 0)) {
        covered = Math.min(run, MAX_RUN);
        writer.u16((this.#symbol(at, arrival) << 13) | covered);
      } else if (oneBit >= 0) {
        covered = 14;
        writer.u16(VECTOR_BIT | oneBit);
      } else {
        covered = 7;
        writer.u16(VECTOR_BIT | TWO_BIT_SYMBOLS | this.#vectorFrom(at, arrival, statuses, 7));
      }
      at += covered;
      while (arrival < this.#count && this.#distance[arrival] < at) arrival++;
    }
  }

  /** The symbol of the status at `at`; `arrival` is the first arrival not before it. */
  #symbol(at: number, arrival: number): number {
    if (this.#distance[arrival] !== at || arrival >= this.#count) return Symbols.notReceived;
    return isSmall(this.#delta[arrival]) ? Symbols.smallDelta : Symbols.largeDelta;
  }

  #runFrom(at: number, arrival: number, statuses: number): number {
    const symbol = this.#symbol(at, arrival);
    // The last status is an arrival: before it there always is one that ends a run of missing packets.
    if (symbol === Symbols.notReceived) return this.#distance[arrival] - at;
    let run = 1;
    while (run < MAX_RUN && at + run < statuses && this.#symbol(at + run, arrival + run) === symbol) run++;
    return run;
  }

  /** The 14 bits of a vector of `size` symbols; -1 when they are 14 and one of them needs two bits. */
  #vectorFrom(at: number, arrival: number, statuses: number, size: 7 | 14): number {
    const bits = 14 / size;
    let vector = 0;
    let next = arrival;
    for (let i = 0; i < size; i++) {
      let symbol: number = Symbols.notReceived;
      if (at + i < statuses && this.#distance[next] === at + i) symbol = this.#symbol(at + i, next++);
      if (bits === 1 && symbol > 1) return -1;
      vector = (vector << bits) | symbol;
    }
    return vector;
  }
}

/** Deltas count in 250 µs (3.1.5). */
const TICKS_PER_MS = 4;
/** The reference time counts in 64 ms. */
const TICKS_PER_REFERENCE = 64 * TICKS_PER_MS;
/** Missing packets in a row that are written as a run rather than in vectors. */
const LONG_GAP = 14;

function isSmall(delta: number): boolean {
  return delta >= 0 && delta <= 0xff;
}
