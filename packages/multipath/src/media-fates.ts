import type { PacketFates, TransportFeedbackSender } from '@hawser/rtp';
import { type Instant, NEVER, NO_PATH, type PathId } from '@hawser/wire';
import type { Copies } from './copies.ts';
import type { SessionCounters } from './counters.ts';
import type { SentHistory } from './history.ts';
import type { MediaRates } from './media-rates.ts';
import { NOT_NUMBERED, type QueuedPacket } from './packet-queue.ts';
import type { PathManager } from './path-manager.ts';
import { RedundancyBudget } from './policy/redundancy-budget.ts';
import { Reinjection } from './policy/reinjection.ts';
import { SentAs } from './statistics/sent-as.ts';

/** So much later than without a queue the packets of a path are that has stalled, ms. */
const STALLED_MS = 60;

/** What may be sent again at once of a path that stalls: a third of a second of 2 Mbit/s. Filled by 2 % of what is sent. */
const STALL_ALLOWANCE_BYTES = 160_000;

/**
 * What becomes of media packets: the rate control hears of it, and what is lost, or late on a path that stalls, leaves once
 * more by another, as the same ciphertext. A copy of what did arrive is dropped by the receiver's replay window.
 */
export class MediaFates implements PacketFates {
  /** Gives out the numbers that reports name; set once, right after it was made. */
  sender: TransportFeedbackSender | undefined;
  readonly #rates: MediaRates | undefined;
  readonly #history: SentHistory;
  readonly #paths: PathManager;
  readonly #copies: Copies;
  readonly #counters: SessionCounters;
  readonly #reinjection: Reinjection;
  /** For paths that stall, beyond the budget of copies: a peer that lies about everything gets no more. */
  readonly #allowance = new RedundancyBudget({ freeBps: 0, share: 0.02, burstBytes: STALL_ALLOWANCE_BYTES });
  readonly #packet = { cls: 0 as QueuedPacket['cls'], bytes: 0, sentAt: 0, expectedAt: 0, deadline: NEVER };

  constructor(
    rates: MediaRates | undefined,
    history: SentHistory,
    paths: PathManager,
    copies: Copies,
    counters: SessionCounters,
  ) {
    this.#rates = rates;
    this.#history = history;
    this.#paths = paths;
    this.#copies = copies;
    this.#counters = counters;
    this.#reinjection = new Reinjection((cls, bytes) => paths.takeCopy(cls, bytes));
  }

  handleArrived(
    now: Instant,
    path: PathId,
    sentAt: Instant,
    arrivalMs: number,
    bytes: number,
    sequence: number,
    copied: boolean,
  ): void {
    this.#rates?.handleArrived(now, path, sentAt, arrivalMs, bytes, sequence, copied);
    this.#history.settle(sequence);
    if (!copied) this.#paths.meter.transit.handleArrived(now, path, sentAt, arrivalMs);
  }

  handleMissing(now: Instant, path: PathId, sentAt: Instant, bytes: number, sequence: number, copied: boolean): void {
    this.#rates?.handleMissing(now, path, sentAt, bytes, sequence, copied);
    const packet = this.#history.find(sequence);
    if (packet !== undefined && !packet.settled) this.#sendAgain(now, packet, now - this.#paths.lateAfterMs(path));
  }

  /** A packet leaves for the first time. */
  handleSent(now: Instant, bytes: number): void {
    this.#allowance.handleSent(now, bytes);
  }

  /** A report ended: rates follow, and what should have been in it by now, and is not, is looked at. */
  handleReportEnd(now: Instant): void {
    this.#rates?.handleReportEnd(now);
    if (this.#paths.activeCount < 2) return;
    this.#history.visitOpen(now, (packet) => this.#sendAgain(now, packet, packet.at));
  }

  /** The path is suspect: whatever may be lost of it leaves by the next best, within the budget or not. */
  handleSuspect(now: Instant, path: PathId, newestArrival: Instant): void {
    const target = this.#paths.second(path);
    if (target === NO_PATH) return;
    this.#history.visitInFlight(now, path, newestArrival, (packet) => this.#copy(now, packet, target));
  }

  #sendAgain(now: Instant, packet: QueuedPacket, sentAt: Instant): void {
    const target = this.#paths.second(packet.path);
    if (target === NO_PATH) return;
    const asked = this.#packet;
    asked.cls = packet.cls;
    asked.bytes = packet.length;
    asked.sentAt = packet.at;
    asked.expectedAt = sentAt + this.#paths.lateAfterMs(packet.path);
    if (now <= asked.expectedAt) return;
    const otherMs = (this.#paths.record(target)?.srttMs ?? NEVER) / 2;
    const decided = this.#reinjection.decide(now, asked, otherMs);
    if (!decided && !(this.#isStalled(now, packet.path, target) && this.#allowance.take(packet.cls, packet.length)))
      return;
    // Its own path will give no sample of it any more: that it is so late is the sample.
    if (packet.tag !== NOT_NUMBERED) this.#rates?.handleOverdue(now, packet.path, packet.at, packet.length);
    this.#copy(now, packet, target);
  }

  /**
   * A path that is so late carries next to nothing, and may not for seconds: like a suspect one it is not left with what it
   * has, beyond the budget of copies if need be, as long as the other path is not late, too.
   */
  #isStalled(now: Instant, path: PathId, other: PathId): boolean {
    return this.#paths.latenessMs(now, path) > STALLED_MS && this.#paths.latenessMs(now, other) === 0;
  }

  #copy(now: Instant, packet: QueuedPacket, target: PathId): void {
    packet.settled = true;
    this.#copies.add(now, target, packet.cls, packet.bytes, 0, packet.length, SentAs.again);
    // Feedback will not tell by which path it came: it is a sample of neither.
    if (packet.tag !== NOT_NUMBERED) this.sender?.handleCopied(packet.tag);
    this.#counters.mediaResent++;
  }
}
