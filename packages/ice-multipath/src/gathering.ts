import {
  AttributeType,
  NO_TRANSACTION,
  StunClass,
  StunMethod,
  type StunReader,
  StunWriter,
  TRANSACTION_ID_BYTES,
  TransactionTable,
  TransportAddress,
} from '@hawser/stun';
import {
  type BaseId,
  type FlowId,
  type Instant,
  NEVER,
  NO_FLOW,
  NO_PATH,
  PacketClass,
  type Slot,
  slotCapacity,
  Verdict,
} from '@hawser/wire';
import { isPairable } from './candidate.ts';
import type { IceContext } from './context.ts';
import { Fifo } from './fifo.ts';
import type { LocalBase } from './local-base.ts';

/** A STUN server, its name resolved. */
export interface StunServer {
  /** In canonical text. */
  readonly address: string;
  readonly port: number;
}

/** What becomes of an address that a server saw us by. */
export interface ReflexiveObserver {
  /** `base` is seen as `address`:`port` by `server`: for the first time, or in another way than before. */
  handleReflexive(base: LocalBase, server: StunServer, address: string, port: number): void;
  /** Every server was asked from every base, and answered or did not. */
  handleGathered(): void;
}

/** One base asking one server. */
interface Task {
  readonly base: LocalBase;
  readonly server: StunServer;
  readonly flow: FlowId;
  handle: number;
  /** Answered, refused or given up once: gathering waits for it no longer. */
  settled: boolean;
  refreshAt: Instant;
  /** In the line for its turn, or for the slot. */
  queued: boolean;
}

/**
 * Server-reflexive addresses (RFC 8445 5.1.1.2): a Binding transaction from every base to every STUN server of its
 * address family, paced by the one who paces the checks, and again before the binding in a NAT would be forgotten
 * (5.1.1.4). Answers are told by their unpredictable transaction id and by the flow they come by.
 */
export class Gatherer {
  readonly #context: IceContext;
  readonly #observer: ReflexiveObserver;
  readonly #servers: StunServer[] = [];
  readonly #tasks = new Set<Task>();
  readonly #byHandle = new Map<number, Task>();
  readonly #waiting = new Fifo<Task>();
  readonly #outgoing = new Fifo<Task>();
  readonly #table = new TransactionTable({
    capacity: MAX_TASKS,
    rtoMs: RTO_MS,
    requests: REQUESTS,
    lastWait: LAST_WAIT,
  });
  readonly #writer = new StunWriter();
  readonly #id = new Uint8Array(TRANSACTION_ID_BYTES);
  readonly #mapped = new TransportAddress();
  #unsettled = 0;

  constructor(context: IceContext, observer: ReflexiveObserver) {
    this.#context = context;
    this.#observer = observer;
  }

  /** Whether nothing is asked for the first time any more. */
  get isIdle(): boolean {
    return this.#unsettled === 0;
  }

  /** Whether a request waits for its turn. */
  get hasNext(): boolean {
    return this.#waiting.size > 0;
  }

  /** Adds a server; false when there are {@link MAX_SERVERS}, or it is known. */
  addServer(server: StunServer): boolean {
    const isKnown = this.#servers.some(({ address, port }) => address === server.address && port === server.port);
    if (isKnown || this.#servers.length >= MAX_SERVERS) return false;
    this.#servers.push(server);
    for (const base of this.#context.bases.values()) this.#ask(base, server);
    return true;
  }

  addBase(base: LocalBase): void {
    for (const server of this.#servers) this.#ask(base, server);
  }

  /** The flows of the base are about to be forgotten. */
  dropBase(base: BaseId): void {
    for (const task of [...this.#tasks]) {
      if (task.base.base !== base) continue;
      this.#tasks.delete(task);
      if (task.handle !== NO_TRANSACTION) {
        this.#table.drop(task.handle);
        this.#byHandle.delete(task.handle);
        task.handle = NO_TRANSACTION;
      }
      this.#settle(task);
    }
  }

  /** It is the next one's turn (RFC 8445 14.2). */
  next(now: Instant): void {
    for (let task = this.#waiting.shift(); task !== undefined; task = this.#waiting.shift()) {
      task.queued = false;
      if (!this.#tasks.has(task) || task.handle !== NO_TRANSACTION) continue;
      const { secure } = this.#context.env;
      do secure.fillSecure(this.#id, 0, TRANSACTION_ID_BYTES);
      while (this.#table.find(this.#id, 0) !== NO_TRANSACTION);
      task.handle = this.#table.start(now, this.#id, 0);
      if (task.handle === NO_TRANSACTION) {
        this.#settle(task);
        continue;
      }
      this.#byHandle.set(task.handle, task);
      this.#outgoing.push(task);
      return;
    }
  }

  /** Writes the next request into `slot`. */
  poll(slot: Slot): boolean {
    for (let task = this.#outgoing.shift(); task !== undefined; task = this.#outgoing.shift()) {
      if (task.handle === NO_TRANSACTION) continue;
      this.#table.copyId(task.handle, this.#id, 0);
      const { request } = StunClass;
      this.#writer.begin(slot.buffer, slot.offset, slotCapacity(slot), request, StunMethod.binding, this.#id, 0);
      this.#writer.attribute(AttributeType.hawser, PADDING);
      this.#writer.fingerprint();
      const length = this.#writer.finish();
      if (length < 0) {
        this.#context.counters.slotTooSmall++;
        continue;
      }
      slot.length = length;
      slot.flow = task.flow;
      slot.path = NO_PATH;
      slot.cls = PacketClass.control;
      this.#context.counters.serverRequestsSent++;
      return true;
    }
    return false;
  }

  /** `notMine` when it answers none of ours. */
  handleResponse(now: Instant, flow: FlowId, message: StunReader): Verdict {
    const handle = this.#table.find(message.bytes, message.transactionIdOffset);
    const task = this.#byHandle.get(handle);
    if (handle === NO_TRANSACTION || task === undefined) return Verdict.notMine;
    if (task.flow !== flow) return Verdict.unexpected;
    // Servers of RFC 3489 add attributes that it made mandatory; none of them changes what an address means.
    const isMapped =
      message.cls === StunClass.success &&
      ((message.find(AttributeType.xorMappedAddress) && message.xorAddress(this.#mapped)) ||
        (message.find(AttributeType.mappedAddress) && message.address(this.#mapped)));
    if (message.cls === StunClass.success && !isMapped) return Verdict.malformed;
    this.#table.complete(handle, now);
    this.#end(now, task);
    if (isMapped) this.#observer.handleReflexive(task.base, task.server, this.#mapped.text(), this.#mapped.port);
    else this.#fail(now);
    this.#settle(task);
    return Verdict.consumed;
  }

  nextDeadline(): Instant {
    let next = this.#table.nextDeadline();
    for (const task of this.#tasks) next = Math.min(next, task.refreshAt);
    return next;
  }

  handleTimeout(now: Instant): void {
    if (this.nextDeadline() > now) return;
    for (let handle = this.#table.takeDue(now); handle !== NO_TRANSACTION; handle = this.#table.takeDue(now)) {
      const task = this.#byHandle.get(handle) as Task;
      if (this.#table.due === 'retransmit') this.#outgoing.push(task);
      else {
        this.#end(now, task);
        this.#fail(now);
        this.#settle(task);
      }
    }
    for (const task of this.#tasks) {
      if (task.refreshAt > now) continue;
      task.refreshAt = NEVER;
      this.#enqueue(task);
    }
  }

  /** Nothing more is sent. */
  close(): void {
    for (const task of this.#tasks) task.handle = NO_TRANSACTION;
    this.#tasks.clear();
  }

  #ask(base: LocalBase, server: StunServer): void {
    if (base.spare || base.type !== 'host' || base.isHidden || !isPairable(base.address, server.address)) return;
    // What a server sees of a connection to it says nothing of where others could connect to.
    if (base.transport !== 'udp') return;
    const { flows } = this.#context.config;
    const flow = this.#tasks.size < MAX_TASKS ? flows.intern(base.base, server.address, server.port) : NO_FLOW;
    if (flow === NO_FLOW) return;
    flows.pin(flow);
    const task: Task = {
      base,
      server,
      flow,
      handle: NO_TRANSACTION,
      settled: false,
      refreshAt: NEVER,
      queued: false,
    };
    this.#tasks.add(task);
    this.#unsettled++;
    this.#enqueue(task);
  }

  #enqueue(task: Task): void {
    if (task.queued) return;
    task.queued = true;
    this.#waiting.push(task);
  }

  #end(now: Instant, task: Task): void {
    this.#byHandle.delete(task.handle);
    task.handle = NO_TRANSACTION;
    task.refreshAt = now + REFRESH_MS * this.#context.spread();
  }

  #settle(task: Task): void {
    if (task.settled) return;
    task.settled = true;
    this.#unsettled--;
    if (this.#unsettled === 0) this.#observer.handleGathered();
  }

  #fail(now: Instant): void {
    this.#context.counters.serverFailures++;
    this.#context.fault(now, 'server-failed', 'a STUN server did not answer, or not with an address');
  }
}

/**
 * Servers that send strangers no more bytes than came from them can answer at once: over IPv6 that takes 52. PADDING (RFC
 * 5780 7.6) would have to be comprehended; what stands in for it does not.
 */
const PADDING = new Uint8Array(20);
/** Most STUN servers. */
const MAX_SERVERS = 8;
/** Most pairs of a base and a server. */
const MAX_TASKS = 256;
/** RFC 8445 14.3 would have the RTO grow with the number of requests; Ta keeps them apart. */
const RTO_MS = 500;
/** Five requests, then twice as long as the last interval: nobody waits for a dead server longer than 11.5 s. */
const REQUESTS = 5;
const LAST_WAIT = 8;
/** RFC 8445 5.1.1.4 and 11: Tr. */
const REFRESH_MS = 15_000;
