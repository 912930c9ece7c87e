import { AttributeType, ErrorCode, StunClass, StunMethod, StunReader } from '@hawser/stun';
import { type BaseId, type Env, type FlowId, type Instant, type Machine, type Slot, Verdict } from '@hawser/wire';
import { SERVER_ATTRIBUTES } from '../attributes.ts';
import { count } from '../client/counters.ts';
import { TurnError } from '../errors.ts';
import { Allocate, type RelayOptions } from './allocate.ts';
import type { ServerAllocation } from './allocation.ts';
import { Answers } from './answers.ts';
import type { TurnServerConfig } from './config.ts';
import { ServerContext } from './context.ts';
import type { TurnServerCounters } from './counters.ts';
import type { TurnServerEvent } from './events.ts';
import { PeerRequests } from './peer-requests.ts';
import { Registry } from './registry.ts';
import { Relaying } from './relaying.ts';

/** A socket, or an accepted connection's listener, on which clients come. */
export interface ListenerOptions {
  readonly base: BaseId;
  /** The address that clients know, in canonical text: as a peer it is refused, unless allowed. */
  readonly address: string;
  /** Over TCP and TLS: ChannelData is padded, and the client's address is proved. Default false. */
  readonly isStream?: boolean;
}

/**
 * A TURN server (RFC 8656): allocates relayed addresses to authenticated users and relays between their clients and
 * permitted peers. It also answers STUN Binding requests.
 *
 * A machine without I/O: after any call drain `pollTransmit`, then `pollEvent`, then read `pollTimeout`. Clients' and
 * peers' datagrams come by flows of the shared table: the base says whether it is a listener or a relay. Over a stream,
 * give it whole messages (`StreamFramer`).
 *
 * Data may pass by `handleDatagram`, which copies it, or by {@link relay}, which works in place.
 *
 * Errors: TurnError `bad-config`, `bad-relay` (a base that is in use), `wrong-state` (after `close`).
 */
export class TurnServer implements Machine<TurnServerEvent> {
  readonly #context: ServerContext;
  readonly #registry: Registry;
  readonly #allocate: Allocate;
  readonly #requests: PeerRequests;
  readonly #relaying: Relaying;
  readonly #answers: Answers;
  readonly #reader = new StunReader(SERVER_ATTRIBUTES);
  #unixOffsetMs: number;
  #isClosed = false;

  constructor(config: TurnServerConfig, env: Env) {
    const context = new ServerContext(config, env);
    this.#context = context;
    this.#unixOffsetMs = env.unixMs - env.now;
    this.#registry = new Registry(context);
    this.#answers = new Answers(context);
    this.#allocate = new Allocate(context, this.#registry, this.#answers, (now, client, request) =>
      this.#handleAgain(now, client, request),
    );
    this.#requests = new PeerRequests(context, this.#registry, this.#answers);
    this.#relaying = new Relaying(context);
  }

  /** Allocations there are. */
  get allocations(): number {
    return this.#context.allocations.size;
  }

  /** The counters, copied. */
  stats(): TurnServerCounters {
    const { clock, counters, outbox } = this.#context;
    return {
      ...counters,
      verdicts: { ...counters.verdicts },
      errors: { ...counters.errors },
      outboxDropped: outbox.dropped,
      steppedBack: clock.steppedBack,
    };
  }

  /** Things kept in memory on behalf of others: allocations, permissions, channels, reservations, what waits. */
  get entries(): number {
    let entries = this.#registry.reservations + this.#allocate.pending + this.#context.outbox.size;
    for (const { permissions, channelsByNumber, relays } of this.#context.allocations.values()) {
      entries += 1 + permissions.size + channelsByNumber.size + relays.length;
    }
    return entries;
  }

  /** Takes clients on this base. */
  addListener(_now: Instant, options: ListenerOptions): void {
    if (this.#isClosed) throw new TurnError('wrong-state', 'the server is closed');
    const { listeners, policy, relays } = this.#context;
    if (listeners.has(options.base) || relays.has(options.base)) {
      throw new TurnError('bad-relay', `base ${options.base} is in use`);
    }
    listeners.set(options.base, { address: options.address, isStream: options.isStream ?? false });
    policy.addOwn(options.address);
  }

  /** Answers `need-relay`: here is the socket. Too late an answer is answered with `release-relay`. */
  addRelay(now: Instant, id: number, options: RelayOptions): void {
    if (this.#context.listeners.has(options.base)) throw new TurnError('bad-relay', 'the base is a listener');
    this.#allocate.addRelay(this.#begin(now), id, options);
  }

  /** Answers `need-relay`: no socket can be had. */
  relayFailed(now: Instant, id: number): void {
    this.#allocate.relayFailed(this.#begin(now), id);
  }

  /** The connection of a client over a stream is closed: its allocation goes (RFC 8656 5). */
  handleDisconnect(now: Instant, client: FlowId): void {
    this.#begin(now);
    this.#allocate.drop(client);
    const allocation = this.#context.allocations.get(client);
    if (allocation !== undefined) this.#registry.remove(allocation, 'disconnected');
  }

  /** Wall time stepped, or was set: for credentials that are limited in time. */
  handleWallTime(now: Instant, unixMs: number): void {
    this.#unixOffsetMs = unixMs - this.#context.clock.advance(now);
  }

  /** Ends every allocation and takes nothing any more. Relays are released by events. */
  close(now: Instant): void {
    this.#begin(now);
    this.#allocate.dropAll();
    this.#registry.removeAll();
    this.#isClosed = true;
  }

  /**
   * Relays what the slot holds, in place and at once: `from` is where it came from. ChannelData loses its header, a Send
   * indication is peeled, a peer's datagram gets a header of 4, 36 or 48 bytes in the head room.
   *
   * - `consumed`: send the slot on its `flow` now.
   * - `notMine`: a client's request, for `handleDatagram`.
   * - anything else: to be dropped. The slot is as it was.
   */
  relay(now: Instant, from: FlowId, slot: Slot): Verdict {
    now = this.#beginInput(now);
    if (!this.#isFromKnownBase(from) || !this.#relaying.isData(from, slot.buffer, slot.offset, slot.length)) {
      return Verdict.notMine;
    }
    return count(this.#context.counters.verdicts, this.#relaying.relay(now, from, slot));
  }

  handleDatagram(now: Instant, from: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    now = this.#beginInput(now);
    return count(this.#context.counters.verdicts, this.#handle(now, from, bytes, offset, length));
  }

  handleTimeout(now: Instant): void {
    now = this.#begin(now);
    this.#allocate.handleTimeout(now);
    this.#registry.handleTimeout(now);
  }

  pollTransmit(now: Instant, slot: Slot): boolean {
    this.#begin(now);
    return this.#context.outbox.pollTransmit(slot);
  }

  pollEvent(): TurnServerEvent | undefined {
    return this.#context.pollEvent();
  }

  pollTimeout(): Instant {
    return Math.min(this.#registry.nextDeadline(), this.#allocate.nextDeadline());
  }

  #begin(now: Instant): Instant {
    return this.#context.clock.advance(now);
  }

  /** What has run out is gone, though the timer that says so is late. */
  #beginInput(at: Instant): Instant {
    const now = this.#begin(at);
    if (this.#registry.nextDeadline() <= now) this.#registry.handleTimeout(now);
    return now;
  }

  #isFromKnownBase(from: FlowId): boolean {
    const { flows, listeners, relays } = this.#context;
    if (this.#isClosed || !flows.isKnown(from)) return false;
    const base = flows.base(from);
    return listeners.has(base) || relays.has(base);
  }

  #handle(now: Instant, from: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    if (!this.#isFromKnownBase(from)) return Verdict.notMine;
    if (this.#relaying.isData(from, bytes, offset, length)) return this.#copyAndRelay(now, from, bytes, offset, length);
    const reader = this.#reader;
    const verdict = reader.parse(bytes, offset, length);
    if (verdict !== Verdict.consumed) return verdict;
    if (reader.cls !== StunClass.request) return Verdict.unexpected;
    if (reader.hasFingerprint && !reader.verifyFingerprint()) return Verdict.malformed;
    return this.#handleRequest(now, from);
  }

  #copyAndRelay(now: Instant, from: FlowId, bytes: Uint8Array, offset: number, length: number): Verdict {
    const { outbox } = this.#context;
    const slot = outbox.take();
    if (slot === undefined) return Verdict.overLimit;
    // A client's packet brings its framing along; a peer's gets it in the head room.
    if (slot.offset + length > slot.buffer.length - TAIL_BYTES) {
      outbox.giveBack(slot);
      return Verdict.overLimit;
    }
    for (let i = 0; i < length; i++) slot.buffer[slot.offset + i] = bytes[offset + i];
    slot.length = length;
    const verdict = this.#relaying.relay(now, from, slot);
    if (verdict === Verdict.consumed) outbox.push(slot);
    else outbox.giveBack(slot);
    return verdict;
  }

  #handleAgain(now: Instant, client: FlowId, request: Uint8Array): void {
    if (this.#reader.parse(request, 0, request.length) === Verdict.consumed) this.#handleRequest(now, client);
  }

  /** The request in the reader, in the order of RFC 8489 6.3 and 9.2.4 and RFC 8656 5. */
  #handleRequest(now: Instant, from: FlowId): Verdict {
    const context = this.#context;
    const { allocations, counters, credentials, source, spent, users } = context;
    const reader = this.#reader;
    const answers = this.#answers;
    context.setSource(from);
    if (reader.method === StunMethod.binding) {
      answers.noteStranger(now, from, reader);
      if (reader.unknownRequiredCount > 0) {
        answers.unknownToStranger(now, from, reader);
        return Verdict.unsupported;
      }
      answers.unauthenticated(now, from, reader, StunClass.success, (writer) => writer.xorMappedAddress(source));
      return Verdict.consumed;
    }
    if (!METHODS.has(reader.method)) return Verdict.unsupported;
    const allocation = allocations.get(from);
    users.unixMs = now + this.#unixOffsetMs;
    users.established = allocation?.username;
    const code = credentials.check(now, reader, source);
    if (code !== 0) {
      answers.noteStranger(now, from, reader);
      answers.challenge(now, from, reader, code);
      return Verdict.unauthenticated;
    }
    // Behind the authentication, so that the answer is authentic: a client discards another (RFC 8489 6.3, 9.2.5).
    if (reader.unknownRequiredCount > 0) {
      answers.unknownAttributes(from, reader);
      return Verdict.unsupported;
    }
    if (spent.has(source, reader.bytes, reader.transactionIdOffset)) {
      // Whoever sends it again must not make or end another allocation: as to any retransmission of it (RFC 8656 8.2, note).
      counters.replayed++;
      // One family of two was given back, and the answer lost: 437 would say that the other is gone as well.
      if (allocation?.isHalfEndedBy(reader.bytes, reader.transactionIdOffset) === true) {
        answers.success(from, reader, (writer) => writer.u32(AttributeType.lifetime, 0));
      } else answers.error(from, reader, ErrorCode.allocationMismatch);
      return Verdict.replayed;
    }
    if (reader.method === StunMethod.allocate) this.#allocate.handle(now, from, reader);
    else if (allocation === undefined) answers.error(from, reader, ErrorCode.allocationMismatch);
    else if (allocation.username !== credentials.username) answers.error(from, reader, ErrorCode.wrongCredentials);
    else return this.#handleOnAllocation(now, allocation);
    return Verdict.consumed;
  }

  #handleOnAllocation(now: Instant, allocation: ServerAllocation): Verdict {
    const reader = this.#reader;
    if (reader.method === StunMethod.refresh) {
      this.#requests.refresh(now, allocation, reader);
    } else if (reader.method === StunMethod.createPermission) this.#requests.createPermission(now, allocation, reader);
    else this.#requests.channelBind(now, allocation, reader);
    return Verdict.consumed;
  }
}

/** The methods that need credentials; the only other one that is answered is Binding. */
const METHODS: ReadonlySet<number> = new Set([
  StunMethod.allocate,
  StunMethod.refresh,
  StunMethod.createPermission,
  StunMethod.channelBind,
]);

/** Padding of ChannelData or DATA. */
const TAIL_BYTES = 3;
