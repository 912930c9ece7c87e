import {
  AttributeType,
  type LongTermClient,
  NO_TRANSACTION,
  StunClass,
  type StunReader,
  StunWriter,
  TRANSACTION_ID_BYTES,
  type TransactionHandle,
  TransactionTable,
} from '@hawser/stun';
import { type Instant, PacketClass, type SecureRandom, type Slot, slotCapacity } from '@hawser/wire';
import type { ResolvedClientConfig } from './config.ts';

/** What a transaction is for; `Item` is what it is about. */
export interface PendingRequest<Item> {
  readonly handle: TransactionHandle;
  readonly method: number;
  readonly item: Item;
  /** Which credentials it carries (`LongTermClient.authenticate`); 0 for none. */
  readonly round: number;
  /** How often it was begun again because of a stale nonce or a challenge. */
  readonly attempts: number;
  /** The same bytes for every retransmission (RFC 8489 6.2.1). */
  readonly bytes: Uint8Array;
}

/** Over TCP and TLS: "Ti ... 39.5 seconds" (RFC 8489 6.2.2). */
const RELIABLE_TIMEOUT_MS = 39_500;

/** Most transactions at once. What does not fit is asked for when one ends. */
const MOST_TRANSACTIONS = 16;

/** Room for the longest user name, realm and nonce, and a batch of addresses. */
const SCRATCH_BYTES = 4096;

/**
 * What the first request over datagrams carries besides, under a number that servers skip: a server that sends strangers no
 * more bytes than it gets from them can then answer at once. With it the request has 100 bytes, as many as the challenge of
 * our server with a realm of 24 characters.
 */
const PADDING = new Uint8Array(60);

/** The requests of a client: who waits for which answer, and the bytes that are sent again. */
export class Requests<Item> {
  readonly #table: TransactionTable;
  readonly #config: ResolvedClientConfig;
  readonly #login: LongTermClient;
  readonly #secure: SecureRandom;
  readonly #writer = new StunWriter();
  readonly #scratch = new Uint8Array(SCRATCH_BYTES);
  readonly #id = new Uint8Array(TRANSACTION_ID_BYTES);
  readonly #pending: (PendingRequest<Item> | undefined)[] = new Array(MOST_TRANSACTIONS).fill(undefined);
  readonly #outbox: TransactionHandle[] = [];

  constructor(config: ResolvedClientConfig, login: LongTermClient, secure: SecureRandom) {
    this.#config = config;
    this.#login = login;
    this.#secure = secure;
    this.#table = new TransactionTable({ capacity: MOST_TRANSACTIONS, rtoMs: config.rtoMs });
  }

  /** Whether another request may be started now. */
  get hasRoom(): boolean {
    return this.#table.size < MOST_TRANSACTIONS;
  }

  get size(): number {
    return this.#table.size;
  }

  get retransmitted(): number {
    return this.#table.stats().retransmitted;
  }

  /** Starts a transaction, signed when the server has told us how; there must be room. `write` adds the attributes. */
  start(now: Instant, method: number, item: Item, write: (writer: StunWriter) => void, attempts = 0): void {
    this.#secure.fillSecure(this.#id, 0, TRANSACTION_ID_BYTES);
    const { transport, rtoMs, software } = this.#config;
    const handle =
      transport === 'stream'
        ? this.#table.start(now, this.#id, 0, RELIABLE_TIMEOUT_MS, 1, 1)
        : this.#table.start(now, this.#id, 0, rtoMs);
    const writer = this.#writer.begin(this.#scratch, 0, SCRATCH_BYTES, StunClass.request, method, this.#id, 0);
    if (software !== undefined) writer.software(software);
    write(writer);
    const round = this.#login.authenticate(writer);
    if (round === 0 && transport !== 'stream') writer.attribute(AttributeType.hawser, PADDING);
    writer.fingerprint();
    const bytes = this.#scratch.slice(0, writer.finish());
    this.#pending[handle] = { handle, method, item, round, attempts, bytes };
    this.#outbox.push(handle);
  }

  /** The request that the message answers, by its transaction id and method. */
  find(reader: StunReader): PendingRequest<Item> | undefined {
    const handle = this.#table.find(reader.bytes, reader.transactionIdOffset);
    const pending = handle === NO_TRANSACTION ? undefined : this.#pending[handle];
    return pending?.method === reader.method ? pending : undefined;
  }

  /** Ends a transaction that was answered. */
  complete(now: Instant, pending: PendingRequest<Item>): void {
    this.#table.complete(pending.handle, now);
    this.#pending[pending.handle] = undefined;
  }

  /** Forgets all of them: late answers will find nothing. */
  dropAll(): void {
    for (const pending of this.#pending) if (pending !== undefined) this.#table.drop(pending.handle);
    this.#pending.fill(undefined);
    this.#outbox.length = 0;
  }

  /** Sends again what is due; answers the requests that were given up, one at a time, then `undefined`. */
  takeTimedOut(now: Instant): PendingRequest<Item> | undefined {
    for (;;) {
      const handle = this.#table.takeDue(now);
      if (handle === NO_TRANSACTION) return undefined;
      if (this.#table.due === 'retransmit') {
        if (!this.#outbox.includes(handle)) this.#outbox.push(handle);
        continue;
      }
      const pending = this.#pending[handle];
      this.#pending[handle] = undefined;
      if (pending !== undefined) return pending;
    }
  }

  nextDeadline(): Instant {
    return this.#table.nextDeadline();
  }

  pollTransmit(slot: Slot): boolean {
    for (;;) {
      const handle = this.#outbox[0];
      if (handle === undefined) return false;
      const bytes = this.#pending[handle]?.bytes;
      if (bytes !== undefined && bytes.length > slotCapacity(slot)) return false;
      this.#outbox.shift();
      // Answered or dropped before it left.
      if (bytes === undefined) continue;
      slot.buffer.set(bytes, slot.offset);
      slot.length = bytes.length;
      slot.flow = this.#config.server;
      slot.cls = PacketClass.control;
      return true;
    }
  }
}
