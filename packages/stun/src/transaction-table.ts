import { type Instant, NEVER } from '@hawser/wire';
import { StunError } from './errors.ts';
import { TRANSACTION_ID_BYTES } from './header.ts';
import { DEFAULT_LAST_WAIT, DEFAULT_REQUESTS, DEFAULT_RTO_MS, giveUpAfterMs } from './retransmission.ts';
import { TransactionIndex } from './transaction-index.ts';

/** Names a transaction in progress: small and dense (0 to capacity - 1), so that the caller's own arrays can follow it. */
export type TransactionHandle = number;

/** No transaction: the table is full, or the id is unknown. */
export const NO_TRANSACTION: TransactionHandle = -1;

/**
 * What `takeDue` asks for. `retransmit`: send the same request again. `timeout`: the transaction has failed and is gone.
 * `lapsed`: a cancelled one has waited long enough and is gone; that is no failure.
 */
export type TransactionDue = 'retransmit' | 'timeout' | 'lapsed';

/** Every field is optional. */
export interface TransactionTableConfig {
  /** Most transactions in progress, 1 to 65 536; default 256. */
  readonly capacity?: number;
  /** RTO of a transaction that names none, 1 to 3 600 000 ms; default 500 (RFC 8489 6.2.1). */
  readonly rtoMs?: number;
  /** Rc, requests sent in all, 1 to 16; default 7. */
  readonly requests?: number;
  /** Rm, intervals of RTO to wait after the last request, 1 to 1024; default 16. */
  readonly lastWait?: number;
}

/** Counters since construction. */
export interface TransactionStats {
  started: number;
  retransmitted: number;
  /** Answered, cancelled ones included. */
  completed: number;
  timedOut: number;
  cancelled: number;
  lapsed: number;
  dropped: number;
  /** Not started because the table was full. */
  refused: number;
}

/**
 * The client side of STUN transactions (RFC 8489 6.2.1, RFC 8445 7.2): who is waiting for which answer, when to send again,
 * when to give up. Knows neither packets nor sockets. Bounded, and allocates nothing after construction.
 *
 * ```
 *   start ──→ retransmitting ──(Rc sent)──→ lastWait ──→ timeout
 *                  │    └── cancel ──→ cancelled ←─┘  └──→ (complete, drop: at once)
 *                  └→ complete, drop       └→ complete, drop, lapsed
 * ```
 *
 * A request that is sent again has to be the same bytes: keep them, or build them again from {@link copyId}.
 */
export class TransactionTable {
  /** What the handle that `takeDue` returned last is to be used for. */
  due: TransactionDue = 'timeout';

  readonly #capacity: number;
  readonly #rtoMs: number;
  readonly #requests: number;
  readonly #lastWait: number;
  readonly #index: TransactionIndex;
  readonly #state: Uint8Array;
  readonly #startedAt: Float64Array;
  readonly #sentAt: Float64Array;
  readonly #deadline: Float64Array;
  readonly #rto: Float64Array;
  readonly #limit: Uint8Array;
  readonly #wait: Float64Array;
  readonly #sent: Uint8Array;
  readonly #free: Int32Array;
  #freeCount: number;
  readonly #stats = newStats();

  /** @throws StunError `out-of-range` for a number outside its range */
  constructor(config: TransactionTableConfig = {}) {
    this.#capacity = wholeInRange('capacity', config.capacity ?? 256, 1, 65_536);
    this.#rtoMs = inRange('rtoMs', config.rtoMs ?? DEFAULT_RTO_MS, 1, LONGEST_RTO_MS);
    this.#requests = wholeInRange('requests', config.requests ?? DEFAULT_REQUESTS, 1, MOST_REQUESTS);
    this.#lastWait = inRange('lastWait', config.lastWait ?? DEFAULT_LAST_WAIT, 1, LONGEST_LAST_WAIT);
    this.#index = new TransactionIndex(this.#capacity);
    this.#state = new Uint8Array(this.#capacity);
    this.#startedAt = new Float64Array(this.#capacity);
    this.#sentAt = new Float64Array(this.#capacity);
    this.#deadline = new Float64Array(this.#capacity).fill(NEVER);
    this.#rto = new Float64Array(this.#capacity);
    this.#limit = new Uint8Array(this.#capacity);
    this.#wait = new Float64Array(this.#capacity);
    this.#sent = new Uint8Array(this.#capacity);
    this.#free = Int32Array.from({ length: this.#capacity }, (_, i) => this.#capacity - 1 - i);
    this.#freeCount = this.#capacity;
  }

  /** Transactions in progress. */
  get size(): number {
    return this.#capacity - this.#freeCount;
  }

  /**
   * Starts a transaction whose first request is sent now.
   *
   * @param id holds the 12 bytes of the transaction id at `idOffset`: fresh ones from a `SecureRandom` for every
   * transaction (RFC 8489 5)
   * @param rtoMs first interval, 1 to 3 600 000; ICE computes its own (RFC 8445 14.3)
   * @param requests Rc for this one; 1 = never sent again, as a consent check (RFC 7675 5.1)
   * @param lastWait Rm for this one, 1 to 1024: `start(now, id, 0, waitMs, 1, 1)` waits just `waitMs`
   * @returns `NO_TRANSACTION` when the table is full
   * @throws StunError `duplicate-transaction` when the id is in progress, `out-of-range` for a number outside its range
   */
  start(
    now: Instant,
    id: Uint8Array,
    idOffset: number,
    rtoMs: number = this.#rtoMs,
    requests: number = this.#requests,
    lastWait: number = this.#lastWait,
  ): TransactionHandle {
    if (idOffset < 0 || idOffset + TRANSACTION_ID_BYTES > id.length) {
      throw new StunError('out-of-range', 'transaction id outside its array');
    }
    inRange('rtoMs', rtoMs, 1, LONGEST_RTO_MS);
    wholeInRange('requests', requests, 1, MOST_REQUESTS);
    inRange('lastWait', lastWait, 1, LONGEST_LAST_WAIT);
    if (this.#index.find(id, idOffset) !== NO_TRANSACTION) {
      throw new StunError('duplicate-transaction', 'the transaction id is in progress');
    }
    if (this.#freeCount === 0) {
      this.#stats.refused++;
      return NO_TRANSACTION;
    }
    const handle = this.#free[--this.#freeCount];
    this.#index.set(handle, id, idOffset);
    this.#startedAt[handle] = now;
    this.#rto[handle] = rtoMs;
    this.#limit[handle] = requests;
    this.#wait[handle] = lastWait;
    this.#sent[handle] = 0;
    this.#stats.started++;
    this.#enter(handle, RETRANSMITTING);
    this.#noteSent(handle, now);
    return handle;
  }

  /** The transaction that a response with this id answers, or `NO_TRANSACTION`. Completes nothing. */
  find(id: Uint8Array, idOffset: number): TransactionHandle {
    if (idOffset < 0 || idOffset + TRANSACTION_ID_BYTES > id.length) return NO_TRANSACTION;
    return this.#index.find(id, idOffset);
  }

  /** Whether the handle names a transaction in progress. */
  isActive(handle: TransactionHandle): boolean {
    return this.#state[handle] > FREE;
  }

  /** Whether it was cancelled and only waits. */
  isCancelled(handle: TransactionHandle): boolean {
    return this.#state[handle] === CANCELLED;
  }

  /** Requests sent, the first included. */
  requestsSent(handle: TransactionHandle): number {
    return this.#sent[handle];
  }

  /** When its last request was sent. */
  lastSentAt(handle: TransactionHandle): Instant {
    return this.#sentAt[handle];
  }

  /** Writes the 12 bytes of its id; also for a handle that `takeDue` just ended. */
  copyId(handle: TransactionHandle, out: Uint8Array, outOffset: number): void {
    this.#index.copyId(handle, out, outOffset);
  }

  /**
   * Ends a transaction that was answered; call it once the response has been authenticated.
   *
   * @returns the round trip in ms, or -1 when more than one request was sent and nobody can say which one was answered
   * (Karn's algorithm, RFC 8489 6.2.1), or when the handle names none in progress
   */
  complete(handle: TransactionHandle, now: Instant): number {
    if (!this.isActive(handle)) return -1;
    const rttMs = this.#sent[handle] === 1 ? Math.max(0, now - this.#sentAt[handle]) : -1;
    this.#stats.completed++;
    this.#enter(handle, FREE);
    return rttMs;
  }

  /**
   * Stops sending again, but waits for an answer as long as the transaction would have lasted, and does not call its
   * absence a failure (RFC 8445 7.3.1.4).
   */
  cancel(handle: TransactionHandle): void {
    if (!this.isActive(handle) || this.isCancelled(handle)) return;
    const lasts = giveUpAfterMs(this.#rto[handle], this.#limit[handle], this.#wait[handle]);
    this.#stats.cancelled++;
    this.#enter(handle, CANCELLED);
    this.#deadline[handle] = Math.max(this.#sentAt[handle], this.#startedAt[handle] + lasts);
  }

  /** Forgets a transaction at once: a late answer will find nothing. */
  drop(handle: TransactionHandle): void {
    if (!this.isActive(handle)) return;
    this.#stats.dropped++;
    this.#enter(handle, FREE);
  }

  /** The earliest deadline, or `NEVER`. */
  nextDeadline(): Instant {
    let earliest: Instant = NEVER;
    const deadline = this.#deadline;
    for (let handle = 0; handle < deadline.length; handle++) {
      if (deadline[handle] < earliest) earliest = deadline[handle];
    }
    return earliest;
  }

  /**
   * Takes the transaction whose deadline is earliest and not after `now`; {@link due} then tells what for. Call until it
   * answers `NO_TRANSACTION`. A retransmission counts as sent at `now`; however late the call, one is asked for, not several.
   */
  takeDue(now: Instant): TransactionHandle {
    const handle = this.#earliestUntil(now);
    if (handle === NO_TRANSACTION) return NO_TRANSACTION;
    if (this.#state[handle] === RETRANSMITTING) {
      this.#stats.retransmitted++;
      this.due = 'retransmit';
      this.#noteSent(handle, now);
    } else {
      const lapsed = this.#state[handle] === CANCELLED;
      if (lapsed) this.#stats.lapsed++;
      else this.#stats.timedOut++;
      this.due = lapsed ? 'lapsed' : 'timeout';
      this.#enter(handle, FREE);
    }
    return handle;
  }

  /** The counters, copied into `into`. */
  stats(into: TransactionStats = newStats()): TransactionStats {
    return Object.assign(into, this.#stats);
  }

  /** One more request has left: the next interval is twice as long, and behind the last there is only waiting. */
  #noteSent(handle: TransactionHandle, now: Instant): void {
    const sent = this.#sent[handle] + 1;
    this.#sent[handle] = sent;
    this.#sentAt[handle] = now;
    const isLast = sent === this.#limit[handle];
    if (isLast) this.#enter(handle, LAST_WAIT);
    this.#deadline[handle] = now + this.#rto[handle] * (isLast ? this.#wait[handle] : 2 ** (sent - 1));
  }

  #earliestUntil(now: Instant): TransactionHandle {
    let found = NO_TRANSACTION;
    let earliest = NEVER;
    const deadline = this.#deadline;
    for (let handle = 0; handle < deadline.length; handle++) {
      if (deadline[handle] <= now && deadline[handle] < earliest) {
        found = handle;
        earliest = deadline[handle];
      }
    }
    return found;
  }

  /** The one place where a state changes. */
  #enter(handle: TransactionHandle, next: number): void {
    const edge = (LEGAL[this.#state[handle]] >> next) & 1;
    if (edge === 0) throw new StunError('wrong-order', `no edge from ${this.#state[handle]} to ${next}`);
    this.#state[handle] = next;
    if (next !== FREE) return;
    this.#deadline[handle] = NEVER;
    this.#index.delete(handle);
    this.#free[this.#freeCount++] = handle;
  }
}

function newStats(): TransactionStats {
  return {
    started: 0,
    retransmitted: 0,
    completed: 0,
    timedOut: 0,
    cancelled: 0,
    lapsed: 0,
    dropped: 0,
    refused: 0,
  };
}

function inRange(name: string, value: number, least: number, most: number): number {
  if (!(value >= least && value <= most)) throw new StunError('out-of-range', `${name} is ${least} to ${most}`);
  return value;
}

function wholeInRange(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value)) throw new StunError('out-of-range', `${name} is a whole number`);
  return inRange(name, value, least, most);
}

/** 2^15 · RTO is four hours from 500 ms: beyond that a request is not "sent again". */
const MOST_REQUESTS = 16;

const LONGEST_RTO_MS = 3_600_000;
const LONGEST_LAST_WAIT = 1024;

const FREE = 0;
const RETRANSMITTING = 1;
const LAST_WAIT = 2;
const CANCELLED = 3;

/** Legal edges: bit n of entry s is set when s may become n. */
const LEGAL = [
  1 << RETRANSMITTING,
  (1 << LAST_WAIT) | (1 << CANCELLED) | (1 << FREE),
  (1 << CANCELLED) | (1 << FREE),
  1 << FREE,
];
