import { distance16, type Instant, type PathFeedback, type PathId, Verdict } from '@hawser/wire';
import { powerOfTwo } from '../errors.ts';
import type { RtcpReader } from '../rtcp/rtcp-reader.ts';
import { TransportFeedbackReader } from './feedback-reader.ts';

/** Is told the fate of each packet, for a congestion controller: numbers in. */
export interface PacketFates {
  /**
   * The peer has the packet.
   *
   * @param arrivalMs on the peer's clock, whose zero is unknown; NaN when the peer did not say
   * @param copied it left on more than one path: a sample of none
   */
  handleArrived(
    now: Instant,
    path: PathId,
    sentAt: Instant,
    arrivalMs: number,
    bytes: number,
    sequence: number,
    copied: boolean,
  ): void;
  /**
   * The packet is lost: a report did not have it though it had what left after it on the same path, or it is missing for a
   * second. Told once; `handleArrived` may still follow.
   */
  handleMissing(now: Instant, path: PathId, sentAt: Instant, bytes: number, sequence: number, copied: boolean): void;
}

/** Options of {@link TransportFeedbackSender}. */
export interface TransportSenderConfig {
  /** Packets remembered, a power of two from 64 to 32 768. Default 8 192. */
  readonly capacity?: number;
  readonly feedback?: PathFeedback | undefined;
  readonly fates?: PacketFates | undefined;
}

/** Counts of a sender. */
export interface TransportSenderCounters {
  sent: number;
  arrived: number;
  /** Named by a report that did not have them. */
  missing: number;
  /** Of these, judged lost: on several paths most are only late. */
  lost: number;
  /** Arrived after a report had missed them. */
  late: number;
  feedbacks: number;
  /** Feedback packets that never came, by their count modulo 256. */
  feedbacksLost: number;
  /** Statuses of packets that were not sent, or are not remembered any more. */
  unknown: number;
}

/**
 * The sender's side of transport-wide congestion control: gives out the transport-wide sequence numbers, remembers on which
 * path, when and how large each left, and tells what feedback says of each. Typed arrays; allocates nothing per packet.
 *
 * Whether a packet that left twice came by the one path or by the other no feedback tells: such a packet is a sample of
 * neither, and `PathFeedback` does not hear of it.
 *
 * RFC: draft-holmer-rmcat-transport-wide-cc-extensions-01 2, 3.
 */
export class TransportFeedbackSender {
  readonly #capacity: number;
  readonly #feedback: PathFeedback | undefined;
  readonly #fates: PacketFates | undefined;
  readonly #reader = new TransportFeedbackReader();
  readonly #path: Int32Array;
  readonly #sentAt: Float64Array;
  readonly #bytes: Uint32Array;
  readonly #flags: Uint8Array;
  /** Missing packets that may still come, by their extended numbers, in the order in which reports missed them. */
  readonly #missed: Float64Array;
  #missedCount = 0;
  /** The newest packet of each path that arrived. */
  readonly #newestArrived: number[] = [];
  readonly #counters: TransportSenderCounters = {
    sent: 0,
    arrived: 0,
    missing: 0,
    lost: 0,
    late: 0,
    feedbacks: 0,
    feedbacksLost: 0,
    unknown: 0,
  };
  /** Extended: does not wrap. */
  #next = 0;
  #lastFeedbackCount = -1;
  /** Reference time of the latest feedback, unwrapped, in 64 ms. */
  #reference = 0;
  #hasReference = false;

  /** Errors: `out-of-range`. */
  constructor(config: TransportSenderConfig = {}) {
    this.#capacity = powerOfTwo('capacity', config.capacity ?? 8192, 64, 32768);
    this.#feedback = config.feedback;
    this.#fates = config.fates;
    this.#path = new Int32Array(this.#capacity);
    this.#sentAt = new Float64Array(this.#capacity);
    this.#bytes = new Uint32Array(this.#capacity);
    this.#flags = new Uint8Array(this.#capacity);
    this.#missed = new Float64Array(Math.min(MOST_MISSED, this.#capacity));
  }

  get counters(): Readonly<TransportSenderCounters> {
    return this.#counters;
  }

  /** The sequence number that the next packet carries: write it into the packet, then call `handleSent`. */
  get nextSequence(): number {
    return this.#next & 0xffff;
  }

  /**
   * The packet with `nextSequence` leaves on `path`.
   *
   * @param bytes its size on the wire, as the congestion controller counts
   * @param copied it leaves on another path as well
   * @returns its sequence number
   */
  handleSent(now: Instant, path: PathId, bytes: number, copied = false): number {
    const sequence = this.#next & 0xffff;
    const slot = this.#next++ & (this.#capacity - 1);
    this.#path[slot] = path;
    this.#sentAt[slot] = now;
    this.#bytes[slot] = bytes;
    this.#flags[slot] = copied ? COPIED : 0;
    this.#counters.sent++;
    if (!copied) this.#feedback?.handleSent(now, path, bytes);
    return sequence;
  }

  /** A packet that left on one path is now sent on another too: no arrival of it is a sample any more. */
  handleCopied(sequence: number): void {
    const extended = this.#find(sequence);
    if (extended >= 0) this.#flags[extended & (this.#capacity - 1)] |= COPIED;
  }

  /**
   * Takes a feedback packet: the one that `packet` stands on.
   *
   * `notMine`: another kind of packet. `malformed`: lengths that lie. `unexpected`: none of its packets is known.
   */
  handleFeedback(now: Instant, packet: RtcpReader): Verdict {
    const reader = this.#reader;
    const verdict = reader.parse(packet);
    if (verdict !== Verdict.consumed) return verdict;
    this.#countFeedback(reader.feedbackCount);
    const referenceMs = this.#unwrap(reader.referenceTime) * 64;
    let newest = -1;
    while (reader.next()) {
      const extended = this.#find(reader.sequence);
      if (extended < 0) {
        this.#counters.unknown++;
        continue;
      }
      if (extended > newest) newest = extended;
      if (!reader.received) this.#missing(extended);
      else this.#arrived(now, extended, reader.hasDelta ? referenceMs + reader.sinceReferenceUs / 1000 : Number.NaN);
    }
    if (newest < 0) return Verdict.unexpected;
    this.#judgeMissed(now);
    this.#feedback?.handleReportEnd(now, this.#sentAt[newest & (this.#capacity - 1)]);
    return Verdict.consumed;
  }

  #arrived(now: Instant, extended: number, arrivalMs: number): void {
    const slot = extended & (this.#capacity - 1);
    const flags = this.#flags[slot];
    if ((flags & ARRIVED) !== 0) return;
    this.#flags[slot] = flags | ARRIVED;
    this.#counters.arrived++;
    if ((flags & MISSING) !== 0) this.#counters.late++;
    const copied = (flags & COPIED) !== 0;
    const path = this.#path[slot];
    const sentAt = this.#sentAt[slot];
    if (!copied) {
      if (!(this.#newestArrived[path] > extended)) this.#newestArrived[path] = extended;
      this.#feedback?.handleArrived(now, path, sentAt);
      this.#feedback?.handleDelivered(now, path, this.#bytes[slot]);
    }
    this.#fates?.handleArrived(now, path, sentAt, arrivalMs, this.#bytes[slot], extended & 0xffff, copied);
  }

  #missing(extended: number): void {
    const slot = extended & (this.#capacity - 1);
    const flags = this.#flags[slot];
    if ((flags & (ARRIVED | MISSING)) !== 0) return;
    this.#flags[slot] = flags | MISSING;
    this.#counters.missing++;
    if (this.#missedCount === this.#missed.length) {
      this.#missed.copyWithin(0, 1);
      this.#missedCount--;
    }
    this.#missed[this.#missedCount++] = extended;
  }

  /** A path that is slower than another has its packets missed by every report: they are lost when it shows that itself. */
  #judgeMissed(now: Instant): void {
    let kept = 0;
    for (let i = 0; i < this.#missedCount; i++) {
      const extended = this.#missed[i];
      const slot = extended & (this.#capacity - 1);
      if (extended <= this.#next - 1 - this.#capacity || (this.#flags[slot] & ARRIVED) !== 0) continue;
      const overtaken = this.#newestArrived[this.#path[slot]] - extended >= REORDERED;
      if (overtaken || now - this.#sentAt[slot] >= MOST_LATE_MS) this.#lost(now, slot, extended);
      else this.#missed[kept++] = extended;
    }
    this.#missedCount = kept;
  }

  #lost(now: Instant, slot: number, extended: number): void {
    this.#counters.lost++;
    const copied = (this.#flags[slot] & COPIED) !== 0;
    if (!copied) this.#feedback?.handleLost(now, this.#path[slot], this.#bytes[slot]);
    this.#fates?.handleMissing(now, this.#path[slot], this.#sentAt[slot], this.#bytes[slot], extended & 0xffff, copied);
  }

  /** The extended number of a packet that is remembered, or -1. */
  #find(sequence: number): number {
    const newest = this.#next - 1;
    const extended = newest + distance16(sequence, newest & 0xffff);
    return extended <= newest && extended >= 0 && extended > newest - this.#capacity ? extended : -1;
  }

  #countFeedback(feedbackCount: number): void {
    this.#counters.feedbacks++;
    if (this.#lastFeedbackCount < 0) {
      this.#lastFeedbackCount = feedbackCount;
      return;
    }
    const ahead = (feedbackCount - this.#lastFeedbackCount) & 0xff;
    if (ahead === 0 || ahead >= 0x80) {
      // One that was overtaken: it had been counted as lost.
      if (ahead !== 0 && this.#counters.feedbacksLost > 0) this.#counters.feedbacksLost--;
      return;
    }
    this.#counters.feedbacksLost += ahead - 1;
    this.#lastFeedbackCount = feedbackCount;
  }

  /** The reference time wraps every 2^24 × 64 ms, 12 days: taken as the nearest to the one before. */
  #unwrap(referenceTime: number): number {
    if (this.#hasReference) this.#reference += ((referenceTime - this.#reference) << 8) >> 8;
    else this.#reference = referenceTime;
    this.#hasReference = true;
    return this.#reference;
  }
}

const ARRIVED = 1;
const MISSING = 2;
const COPIED = 4;

/** Missing packets that are waited for at once. */
const MOST_MISSED = 1024;
/** A packet that so many numbers later left on the same path and arrived shows that one is lost, and not overtaken. */
const REORDERED = 3;
/** Nothing is later than this: it is lost then, whatever its path shows. */
const MOST_LATE_MS = 1000;
