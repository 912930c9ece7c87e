import { distance16, type Instant, NEVER, Verdict, type Writer } from '@hawser/wire';
import { powerOfTwo } from '../errors.ts';
import { TransportFeedbackBuilder } from './feedback-builder.ts';

/** Options of {@link TransportFeedbackCollector}. */
export interface CollectorConfig {
  /** Longest time from an arrival to its feedback, ms. Default 20. */
  readonly intervalMs?: number;
  /** Sequence numbers remembered, a power of two from 64 to 32 768: how far paths may lag. Default 8 192. */
  readonly capacity?: number;
  /** Most bytes of a feedback packet, 24 to 65 535. Default 1 200. */
  readonly maxBytes?: number;
}

/** Counts of a collector. */
export interface CollectorCounters {
  arrived: number;
  duplicates: number;
  tooOld: number;
  feedbacks: number;
  /** Arrivals that a jump of the sequence number pushed out before they were reported. */
  overrun: number;
}

/**
 * The receiver's side of transport-wide congestion control: remembers when each transport-wide sequence number came first
 * and writes the feedback. No clock of its own: `feedbackDueAt` says when, the caller writes.
 *
 * Every packet is reported as received once. When one comes late, the next feedback begins at it again, and what was
 * reported before is "not received" there, as the draft wants it (3.1.1): only the first word about a packet counts.
 *
 * RFC: draft-holmer-rmcat-transport-wide-cc-extensions-01 3.
 */
export class TransportFeedbackCollector {
  readonly #intervalMs: number;
  readonly #capacity: number;
  readonly #builder: TransportFeedbackBuilder;
  readonly #arrivalMs: Float64Array;
  readonly #state: Uint8Array;
  readonly #counters: CollectorCounters = { arrived: 0, duplicates: 0, tooOld: 0, feedbacks: 0, overrun: 0 };
  /** Sequence numbers are extended: they do not wrap. */
  #highest = -1;
  /** One past the highest that a feedback named. */
  #covered = 0;
  /** No arrival before this is unreported. */
  #scanFrom = 0;
  #pending = 0;
  #firstPendingAt: Instant = NEVER;
  #feedbackCount = 0;

  /** Errors: `out-of-range`. */
  constructor(config: CollectorConfig = {}) {
    this.#intervalMs = config.intervalMs ?? 20;
    this.#capacity = powerOfTwo('capacity', config.capacity ?? 8192, 64, 32768);
    this.#builder = new TransportFeedbackBuilder(config.maxBytes ?? 1200);
    this.#arrivalMs = new Float64Array(this.#capacity);
    this.#state = new Uint8Array(this.#capacity);
  }

  get counters(): Readonly<CollectorCounters> {
    return this.#counters;
  }

  /** Arrivals not yet reported. */
  get pending(): number {
    return this.#pending;
  }

  /** When feedback should leave: the interval after the first unreported arrival; `NEVER` when there is none. */
  feedbackDueAt(): Instant {
    return this.#firstPendingAt + this.#intervalMs;
  }

  /**
   * A packet with this transport-wide sequence number came. Call it after the packet was authenticated.
   *
   * `replayed`: it came before, the first time counts. `tooOld`: too far behind to be told from a duplicate.
   */
  handlePacket(now: Instant, sequence: number): Verdict {
    const extended = this.#extend(sequence);
    if (extended <= this.#highest - this.#capacity) {
      this.#counters.tooOld++;
      return Verdict.tooOld;
    }
    if (extended > this.#highest) this.#advance(extended);
    const slot = extended & (this.#capacity - 1);
    if (this.#state[slot] !== UNSEEN) {
      this.#counters.duplicates++;
      return Verdict.replayed;
    }
    this.#state[slot] = ARRIVED;
    this.#arrivalMs[slot] = now;
    this.#counters.arrived++;
    if (this.#pending++ === 0) this.#firstPendingAt = now;
    if (extended < this.#scanFrom) this.#scanFrom = extended;
    return Verdict.consumed;
  }

  /**
   * Writes one feedback packet about what is pending; call again while `pending` is not 0, since it may not all fit into
   * one.
   *
   * @param mediaSsrc any one of the sources that the packets belong to
   * @returns false when nothing is pending, or when it did not fit: then `writer.failed` is set and all stays pending
   */
  writeFeedback(writer: Writer, senderSsrc: number, mediaSsrc: number): boolean {
    if (this.#pending === 0) return false;
    const mask = this.#capacity - 1;
    let first = this.#scanFrom;
    while (this.#state[first & mask] !== ARRIVED) first++;
    const builder = this.#builder;
    // Whatever lies between the last feedback and the first arrival is lost, or late: it is named.
    builder.reset(Math.min(first, this.#covered) & 0xffff);
    let end = first;
    for (let at = first; at <= this.#highest; at++) {
      if (this.#state[at & mask] !== ARRIVED) continue;
      if (!builder.add(at & 0xffff, this.#arrivalMs[at & mask])) break;
      end = at + 1;
    }
    if (!builder.write(writer, senderSsrc, mediaSsrc, this.#feedbackCount)) return false;
    for (let at = first; at < end; at++) if (this.#state[at & mask] === ARRIVED) this.#state[at & mask] = REPORTED;
    this.#pending -= builder.count;
    this.#feedbackCount = (this.#feedbackCount + 1) & 0xff;
    this.#counters.feedbacks++;
    this.#scanFrom = end;
    if (end > this.#covered) this.#covered = end;
    if (this.#pending === 0) this.#firstPendingAt = NEVER;
    return true;
  }

  #extend(sequence: number): number {
    // Starts one cycle up, so that what was sent before the first arrival has a number too.
    if (this.#highest < 0) {
      this.#highest = 0x10000 + sequence - 1;
      this.#covered = this.#scanFrom = 0x10000 + sequence;
    }
    return this.#highest + distance16(sequence, this.#highest & 0xffff);
  }

  #advance(to: number): void {
    const mask = this.#capacity - 1;
    const from = Math.max(this.#highest + 1, to - this.#capacity + 1);
    for (let at = from; at <= to; at++) {
      if (this.#state[at & mask] === ARRIVED) {
        this.#counters.overrun++;
        this.#pending--;
      }
      this.#state[at & mask] = UNSEEN;
    }
    this.#highest = to;
    const oldest = to - this.#capacity + 1;
    if (this.#covered < oldest) this.#covered = oldest;
    if (this.#scanFrom < oldest) this.#scanFrom = oldest;
    if (this.#pending === 0) this.#firstPendingAt = NEVER;
  }
}

const UNSEEN = 0;
const ARRIVED = 1;
const REPORTED = 2;
