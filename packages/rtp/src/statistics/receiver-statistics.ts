import { distance32, type Instant } from '@hawser/wire';
import { ntpShortSpan } from '../ntp.ts';
import type { ReportBlock } from '../rtcp/report-block.ts';

/** Options of {@link ReceiverStatistics}. */
export interface ReceiverStatisticsConfig {
  /** Timestamp units per second of the stream. */
  readonly clockRateHz: number;
  /**
   * Packets in sequence before a source counts as valid. Default 0: the packets were authenticated by SRTP, which is more
   * than the two in sequence of RFC 3550 A.1 prove.
   */
  readonly minSequential?: number;
  /** Longest jump ahead that is not taken for a restart. Default 3 000 (A.1). */
  readonly maxDropout?: number;
  /** Farthest behind that is not taken for a restart. Default 8 192, against 100 in A.1: paths lag behind each other. */
  readonly maxMisorder?: number;
}

/**
 * What a receiver knows of one source: extended highest sequence number, loss, jitter, and the report block made of them.
 *
 * RFC: 3550 6.4.1, A.1, A.3, A.8.
 */
export class ReceiverStatistics {
  readonly #clockRateHz: number;
  readonly #minSequential: number;
  readonly #maxDropout: number;
  readonly #maxMisorder: number;
  #started = false;
  #probation = 0;
  #maxSequence = 0;
  #cycles = 0;
  #baseSequence = 0;
  #badSequence = NO_SEQUENCE;
  #received = 0;
  #expectedPrior = 0;
  #receivedPrior = 0;
  #hasTransit = false;
  #lastArrivalMs = 0;
  #lastTimestamp = 0;
  #jitter = 0;
  #lastSr = 0;
  #lastSrAt: Instant = 0;

  constructor(config: ReceiverStatisticsConfig) {
    this.#clockRateHz = config.clockRateHz;
    this.#minSequential = config.minSequential ?? 0;
    this.#maxDropout = config.maxDropout ?? 3000;
    this.#maxMisorder = config.maxMisorder ?? 8192;
  }

  /** Packets received since the source became valid. */
  get received(): number {
    return this.#received;
  }

  /** Cycles × 2^16 + highest sequence number. */
  get extendedHighest(): number {
    return this.#cycles + this.#maxSequence;
  }

  /** Packets that should have come: extended highest − first + 1 (A.3). */
  get expected(): number {
    return this.#received === 0 ? 0 : this.extendedHighest - this.#baseSequence + 1;
  }

  /** Expected − received; negative when duplicates came. */
  get cumulativeLost(): number {
    return this.expected - this.#received;
  }

  /** Interarrival jitter, timestamp units, as a fraction; reports carry its integer part. */
  get jitter(): number {
    return this.#jitter;
  }

  /**
   * A packet of the source came. Returns whether it counts: not while the source is on probation, nor the first after a
   * large jump (A.1).
   */
  handlePacket(now: Instant, sequence: number, timestamp: number): boolean {
    if (!this.#updateSequence(sequence)) return false;
    this.#updateJitter(now, timestamp);
    return true;
  }

  /** A sender report of the source came. @param ntpMiddle middle 32 bits of its NTP timestamp */
  handleSenderReport(now: Instant, ntpMiddle: number): void {
    this.#lastSr = ntpMiddle;
    this.#lastSrAt = now;
  }

  /** Fills in the report block about `ssrc` and begins the next interval: the fraction lost is since the last call (A.3). */
  report(now: Instant, ssrc: number, into: ReportBlock): void {
    const expectedInterval = this.expected - this.#expectedPrior;
    const receivedInterval = this.#received - this.#receivedPrior;
    this.#expectedPrior = this.expected;
    this.#receivedPrior = this.#received;
    into.ssrc = ssrc;
    into.fractionLost = fractionLost(expectedInterval, receivedInterval);
    into.cumulativeLost = Math.max(-0x800000, Math.min(0x7fffff, this.cumulativeLost));
    into.highestSequence = this.extendedHighest >>> 0;
    into.jitter = Math.floor(this.#jitter);
    into.lastSr = this.#lastSr;
    into.delaySinceLastSr = this.#lastSr === 0 ? 0 : ntpShortSpan(now - this.#lastSrAt);
  }

  #updateSequence(sequence: number): boolean {
    if (!this.#started) {
      this.#started = true;
      this.#probation = this.#minSequential;
      this.#start(sequence);
      if (this.#probation > 0) {
        this.#maxSequence = (sequence - 1) & 0xffff;
      }
    }
    if (this.#probation > 0) return this.#prove(sequence);
    const ahead = (sequence - this.#maxSequence) & 0xffff;
    if (ahead < this.#maxDropout) {
      if (sequence < this.#maxSequence) this.#cycles += 0x10000;
      this.#maxSequence = sequence;
    } else if (ahead <= 0x10000 - this.#maxMisorder) {
      // A very large jump: taken for a restart when the next packet goes on from there.
      if (sequence !== this.#badSequence) {
        this.#badSequence = (sequence + 1) & 0xffff;
        return false;
      }
      this.#start(sequence);
    }
    this.#received++;
    return true;
  }

  #prove(sequence: number): boolean {
    if (sequence !== ((this.#maxSequence + 1) & 0xffff)) {
      this.#probation = this.#minSequential - 1;
      this.#maxSequence = sequence;
      return false;
    }
    this.#maxSequence = sequence;
    if (--this.#probation > 0) return false;
    this.#start(sequence);
    this.#received++;
    return true;
  }

  #start(sequence: number): void {
    this.#baseSequence = this.#maxSequence = sequence;
    this.#badSequence = NO_SEQUENCE;
    this.#cycles = this.#received = this.#receivedPrior = this.#expectedPrior = 0;
    this.#hasTransit = false;
  }

  /** J += (|D| − J) / 16, where D is how much farther apart two packets came than they were sent (A.8). */
  #updateJitter(now: Instant, timestamp: number): void {
    if (this.#hasTransit) {
      const arrivals = ((now - this.#lastArrivalMs) * this.#clockRateHz) / 1000;
      const difference = Math.abs(arrivals - distance32(timestamp, this.#lastTimestamp));
      this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#hasTransit = true;
    this.#lastArrivalMs = now;
    this.#lastTimestamp = timestamp;
  }
}

/** The share lost in an interval, in 1/256: 0 when duplicates outweigh losses, at most 255 (RFC 3550 A.3, 6.4.1). */
export function fractionLost(expected: number, received: number): number {
  const lost = expected - received;
  if (expected <= 0 || lost <= 0) return 0;
  return Math.min(255, Math.floor((lost * 256) / expected));
}

const NO_SEQUENCE = 0x10001;
