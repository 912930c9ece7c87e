import { StunClass, StunMethod, StunWriter } from '@hawser/stun';
import { type Instant, NEVER, NO_PATH, PacketClass, type Slot, slotCapacity } from '@hawser/wire';
import type { Check } from './check.ts';
import type { IceContext } from './context.ts';
import { Fifo } from './fifo.ts';
import { RENOMINATION, renominates } from './nomination/renominate.ts';
import { overdueAfterMs } from './overdue.ts';
import type { CandidatePair } from './pair.ts';
import { REPORT_BYTES, writeReport } from './report.ts';

/** Most transmissions of one check, and how long the last one is waited for, in RTOs (RFC 8489 6.2.1: Rc and Rm). */
const MAX_TRANSMISSIONS = 7;
const LAST_WAIT_RTOS = 16;

/** Shortest RTO of a check (RFC 8445 14.3). */
const MIN_RTO_MS = 500;

/** A check is given up after this, however long its RTO: what it takes with the shortest (RFC 8489 6.2.1: 39 500 ms). */
const MAX_TRANSACTION_MS = 39_500;

/** An answer is waited for at least and at most this long before its check counts as lost. */
const MIN_EXPIRY_MS = 1_000;
const MAX_EXPIRY_MS = 10_000;

/**
 * Makes our checks and writes them (RFC 8445 7.2.4): either one that is retransmitted until it is answered, on a pair
 * that is not validated, or one that is sent once (RFC 7675 5.1), on a path.
 */
export class Outbox {
  readonly #context: IceContext;
  readonly #queue = new Fifo<Check>();
  readonly #writer = new StunWriter();
  readonly #report = new Uint8Array(REPORT_BYTES);

  constructor(context: IceContext) {
    this.#context = context;
  }

  /** Starts the ordinary or triggered check of a pair; its earlier one is cancelled, not forgotten (RFC 8445 7.3.1.4). */
  sendConnectivityCheck(now: Instant, pair: CandidatePair): void {
    const { config, checklist } = this.#context;
    // RFC 8445 14.3 multiplies by all checks to be made besides, which for a hundred pairs is minutes, and allows others:
    // this keeps retransmissions as far apart as Ta keeps first transmissions.
    const load = config.taMs * checklist.busy;
    const check = this.#open(now, pair);
    pair.enter('in-progress');
    pair.inProgress = check;
    pair.rtoMs = Math.max(MIN_RTO_MS, load);
    pair.retransmitAt = now + pair.rtoMs;
    check.expiresAt =
      now + Math.min(MAX_TRANSACTION_MS, pair.rtoMs * (2 ** (MAX_TRANSMISSIONS - 1) - 1 + LAST_WAIT_RTOS));
    this.#push(check);
  }

  /** Sends the check in progress again, with its identifier (RFC 8489 6.2.1). */
  retransmit(now: Instant, pair: CandidatePair): void {
    const check = pair.inProgress;
    if (check === undefined) {
      pair.retransmitAt = NEVER;
      return;
    }
    const sent = check.transmissions;
    pair.retransmitAt = sent + 1 < MAX_TRANSMISSIONS ? now + pair.rtoMs * 2 ** sent : NEVER;
    this.#context.counters.checksRetransmitted++;
    this.#push(check);
  }

  /** The check in progress never left: it does now, and neither its retransmissions nor its round-trip time began before. */
  resend(now: Instant, pair: CandidatePair): void {
    const check = pair.inProgress;
    if (check === undefined || check.queued) return;
    check.transmissions = 0;
    check.sentAt = now;
    pair.retransmitAt = now + pair.rtoMs;
    this.#push(check);
  }

  /** Sends a check once on a validated pair. */
  sendPathCheck(now: Instant, pair: CandidatePair): void {
    const check = this.#open(now, pair);
    const wait = overdueAfterMs(pair, this.#context.config.suspicion);
    check.overdueAt = now + wait;
    check.expiresAt = now + Math.min(MAX_EXPIRY_MS, Math.max(MIN_EXPIRY_MS, 2 * wait));
    this.#push(check);
  }

  /** Writes the next check into `slot`. */
  poll(slot: Slot): boolean {
    for (let check = this.#queue.shift(); check !== undefined; check = this.#queue.shift()) {
      check.queued = false;
      const pair = check.pair;
      if (pair === undefined) {
        this.#context.checks.reclaim(check);
        continue;
      }
      const length = this.#write(slot, check);
      if (length < 0) {
        this.#context.counters.slotTooSmall++;
        continue;
      }
      slot.length = length;
      slot.flow = pair.flow;
      slot.path = pair.path;
      check.dataSent = pair.path === NO_PATH ? -1 : this.#context.paths.packetsSent[pair.path];
      slot.cls = PacketClass.control;
      return true;
    }
    return false;
  }

  clear(): void {
    for (let check = this.#queue.shift(); check !== undefined; check = this.#queue.shift()) check.queued = false;
  }

  #open(now: Instant, pair: CandidatePair): Check {
    const { checks, role } = this.#context;
    const check = checks.open(pair);
    check.sentAt = now;
    check.role = role;
    check.priority = pair.local.checkPriority;
    check.cost = role === 'controlling' ? pair.toldCost : pair.offeredCost;
    check.useCandidate = pair.nominating && role === 'controlling';
    check.nomination = check.useCandidate ? pair.nominationValue : 0;
    if (check.useCandidate) this.#context.counters.nominationsSent++;
    return check;
  }

  #push(check: Check): void {
    const pair = check.pair;
    if (pair === undefined || check.queued) return;
    check.transmissions++;
    check.queued = true;
    pair.checksSent++;
    if (check.transmissions === 1) {
      if (pair.path === NO_PATH) pair.requestsSent++;
      else pair.consentRequestsSent++;
    }
    this.#context.counters.checksSent++;
    this.#queue.push(check);
  }

  /** A Binding request (RFC 8445 7.2.2, 7.1). Returns its length, or -1. */
  #write(slot: Slot, check: Check): number {
    const context = this.#context;
    const pair = check.pair as CandidatePair;
    const { remoteKey: key, username } = pair.generation;
    if (key === undefined) return -1;
    const writer = this.#writer;
    writer.begin(slot.buffer, slot.offset, slotCapacity(slot), StunClass.request, StunMethod.binding, check.id, 0);
    writer.username(username);
    if (check.role === 'controlling') writer.iceControlling(context.tieHigh, context.tieLow);
    else writer.iceControlled(context.tieHigh, context.tieLow);
    writer.priority(check.priority);
    if (check.useCandidate) {
      writer.useCandidate();
      // 0x0030 must be comprehended: it leaves only where both sides negotiated it (renomination draft, "ICE Option").
      if (check.nomination > 0 && renominates(context, pair.generation)) {
        writer.u32(RENOMINATION, check.nomination);
      } else if (check.nomination > 0) writer.nomination(check.nomination);
    }
    // One network id for all: Chromium resets its bandwidth estimate when it sees another.
    if (context.browser === 'chromium') writer.googNetworkInfo(0, check.cost);
    if (context.config.hawser) writer.hawser(this.#report, 0, writeReport(context, pair, this.#report));
    writer.integrity(key);
    writer.fingerprint();
    return writer.finish();
  }
}
