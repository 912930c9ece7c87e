import { type Instant, NEVER, type PacketClass } from '@hawser/wire';

/** When a packet under way is sent again by another path. All fields have defaults. */
export interface ReinjectionConfig {
  /** With less time than this before its deadline a packet is sent again whatever its path promises, ms. Default 40. */
  urgentMs: number;
  /** With more than this it is left to ordinary retransmission, ms. Default 250. */
  relaxedMs: number;
  /** A packet without a deadline is sent again when it is so many ms later than its path promised. Default 10. */
  overdueMs: number;
}

const DEFAULTS: ReinjectionConfig = { urgentMs: 40, relaxedMs: 250, overdueMs: 10 };

/** A packet under way, as its owner knows it. */
export interface PacketUnderWay {
  readonly cls: PacketClass;
  readonly bytes: number;
  readonly sentAt: Instant;
  /** When its path was expected to have it acknowledged: delay, queue and deviation taken in. */
  readonly expectedAt: Instant;
  /** When it is of no more use: play-out of its frame, end of a message's time; `NEVER` for none. */
  readonly deadline: Instant;
}

/**
 * Re-injection with two thresholds, after XLINK (Zheng et al., "XLINK: QoE-driven multi-path QUIC transport in large-scale
 * video services", SIGCOMM 2021): says whether a packet under way is worth a copy on another path now. With
 * `left = deadline - now`:
 *
 * - the other path would not bring it before its own does, or not before the deadline: no;
 * - `left < urgentMs`: yes;
 * - `left > relaxedMs`: no, whatever becomes of it there is time to retransmit;
 * - between: yes where its own path is too late or has not kept its promise;
 * - no deadline: yes once it is overdue by `overdueMs`.
 *
 * A yes is taken from the budget of redundancy. Ask once for each packet: a second yes is a second copy.
 */
export class Reinjection {
  readonly #config: ReinjectionConfig;
  readonly #take: (cls: PacketClass, bytes: number) => boolean;
  /** Answers given, by kind. */
  readonly counters = { sentAgain: 0, overBudget: 0 };

  /** @param take takes a copy from the budget; false = there is no room for it */
  constructor(take: (cls: PacketClass, bytes: number) => boolean, config: Partial<ReinjectionConfig> = {}) {
    this.#take = take;
    this.#config = { ...DEFAULTS, ...config };
  }

  /** @param otherMs time in which the best other path would deliver the packet; Infinity when there is none */
  decide(now: Instant, packet: PacketUnderWay, otherMs: number): boolean {
    if (!this.#helps(now, packet, now + otherMs)) return false;
    if (!this.#take(packet.cls, packet.bytes)) {
      this.counters.overBudget++;
      return false;
    }
    this.counters.sentAgain++;
    return true;
  }

  #helps(now: Instant, packet: PacketUnderWay, otherAt: Instant): boolean {
    const { overdueMs, relaxedMs, urgentMs } = this.#config;
    const { deadline, expectedAt } = packet;
    const isOverdue = now > expectedAt + overdueMs;
    if (!(otherAt < NEVER) || otherAt > deadline) return false;
    if (!isOverdue && otherAt >= expectedAt) return false;
    if (deadline === NEVER) return isOverdue;
    const left = deadline - now;
    if (left < urgentMs) return true;
    if (left > relaxedMs) return false;
    return isOverdue || expectedAt > deadline;
  }
}
