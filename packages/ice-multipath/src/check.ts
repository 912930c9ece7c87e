import { type StunReader, TRANSACTION_ID_BYTES } from '@hawser/stun';
import { type Instant, NEVER, type SecureRandom } from '@hawser/wire';
import type { IceRole } from './events.ts';
import type { CandidatePair } from './pair.ts';

/** One Binding request of ours and what is needed to judge its answer. Records are reused. */
export class Check {
  readonly id = new Uint8Array(TRANSACTION_ID_BYTES);
  pair: CandidatePair | undefined;
  sentAt: Instant = 0;
  /** When the answer is late: suspicion counts it. */
  overdueAt: Instant = NEVER;
  /** When nobody waits for the answer any longer: statistics count it as lost. */
  expiresAt: Instant = NEVER;
  overdue = false;
  /** More than 1: retransmitted, its answer gives no round-trip time (Karn's rule). */
  transmissions = 0;
  role: IceRole = 'controlling';
  useCandidate = false;
  /** Value of NOMINATION; 0 = not sent. */
  nomination = 0;
  priority = 0;
  /** Cost in GOOG-NETWORK-INFO. Taken with the nomination: a dearer pair that is not nominated yet is pruned at once. */
  cost = 0;
  /** Packets of data that had left on the path when the check did; -1 = there was no path. */
  dataSent = -1;
  /** Waits in the outbox. */
  queued = false;
}

/**
 * Our outstanding checks by transaction id: bounded, found in constant time, and no object is made per check once the
 * pool is warm. Identifiers are unpredictable, which is what keeps others from forging answers (RFC 7675 5.1).
 */
export class CheckTable {
  readonly #byKey = new Map<number, Check>();
  readonly #pool: Check[] = [];
  readonly #secure: SecureRandom;
  readonly #perPair: number;

  constructor(secure: SecureRandom, perPair: number) {
    this.#secure = secure;
    this.#perPair = perPair;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** A new record on `pair`, with an identifier of its own; the pair's oldest gives way when it has too many. */
  open(pair: CandidatePair): Check {
    if (pair.checks.length >= this.#perPair) this.release(pair.checks[0]);
    const check = this.#pool.pop() ?? new Check();
    do this.#secure.fillSecure(check.id, 0, TRANSACTION_ID_BYTES);
    while (this.#byKey.has(keyOf(check.id, 0)));
    this.#byKey.set(keyOf(check.id, 0), check);
    check.pair = pair;
    check.overdue = false;
    check.transmissions = 0;
    check.queued = false;
    check.useCandidate = false;
    check.nomination = 0;
    check.overdueAt = NEVER;
    check.expiresAt = NEVER;
    pair.checks.push(check);
    return check;
  }

  /** The check that the message answers by its transaction id. */
  match(message: StunReader): Check | undefined {
    const check = this.#byKey.get(keyOf(message.bytes, message.transactionIdOffset));
    return check !== undefined && message.transactionIdEquals(check.id, 0) ? check : undefined;
  }

  /** Forgets a check. A record that is still in the outbox is left for the outbox to drop. */
  release(check: Check): void {
    const pair = check.pair;
    if (pair === undefined) return;
    const at = pair.checks.indexOf(check);
    if (at >= 0) pair.checks.splice(at, 1);
    if (pair.inProgress === check) pair.inProgress = undefined;
    check.pair = undefined;
    this.#byKey.delete(keyOf(check.id, 0));
    if (!check.queued) this.#pool.push(check);
  }

  /** Takes back a record that was released while it waited in the outbox. */
  reclaim(check: Check): void {
    if (check.pair === undefined) this.#pool.push(check);
  }

  releaseAll(pair: CandidatePair): void {
    while (pair.checks.length > 0) this.release(pair.checks[pair.checks.length - 1]);
  }
}

/** 30 bits of an identifier: a small integer, so that the map's keys cost no memory. The other 66 are compared. */
function keyOf(bytes: Uint8Array, at: number): number {
  return ((bytes[at] & 0x3f) << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
}
