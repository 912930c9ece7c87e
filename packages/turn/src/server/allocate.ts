import { AttributeType, ErrorCode, type StunReader, type StunWriter, TransportAddress } from '@hawser/stun';
import { type BaseId, type FlowId, type Instant, NEVER } from '@hawser/wire';
import {
  AddressFamily,
  RESERVATION_TOKEN_BYTES,
  readEvenPort,
  readFirstByte,
  UDP_PROTOCOL,
  writeAddressErrorCode,
} from '../attributes.ts';
import { TurnError } from '../errors.ts';
import type { ServerAllocation, UserShare } from './allocation.ts';
import type { Answers } from './answers.ts';
import type { ServerContext } from './context.ts';
import type { TurnServerEvent } from './events.ts';
import type { Registry, Reservation } from './registry.ts';

type Family = 'ipv4' | 'ipv6';

/** How the runtime answers `need-relay`. */
export interface RelayOptions {
  /** A base of its own: packets to it are this relay's. */
  readonly base: BaseId;
  /** The address that peers see, in canonical text. */
  readonly address: string;
  readonly port: number;
  /** The socket one port above, where `even-and-next` was asked for. */
  readonly next?: { readonly base: BaseId; readonly port: number };
}

/** What an Allocate request asks for, once it was found to be in order. */
interface Wish {
  readonly families: readonly Family[];
  readonly port: 'any' | 'even' | 'even-and-next';
  readonly reservation: Reservation | undefined;
  /** Family of a dual wish that is not served here. */
  readonly refused: Family | undefined;
  readonly lifetimeMs: number;
}

/** An Allocate request that waits for its sockets. */
interface Pending {
  readonly client: FlowId;
  readonly username: string;
  readonly share: UserShare;
  /** The request: when the sockets are there, it is handled as if it had come again. */
  readonly request: Uint8Array;
  readonly wish: Wish;
  readonly needs: Map<number, Family>;
  readonly relays: (RelayOptions & { readonly family: Family })[];
  readonly deadline: Instant;
}

/** The runtime opens a socket in no time, or not at all. */
const RELAY_TIMEOUT_MS = 5000;

/** Requests that wait for sockets at once. */
const MOST_PENDING = 256;

/** Allocate requests (RFC 8656 7.2): checked, their sockets asked for, answered. */
export class Allocate {
  readonly #context: ServerContext;
  readonly #registry: Registry;
  readonly #answers: Answers;
  /** Handles a request again, from its beginning. */
  readonly #again: (now: Instant, client: FlowId, request: Uint8Array) => void;
  readonly #pending = new Map<FlowId, Pending>();
  readonly #failed = new Map<FlowId, number>();
  readonly #relayed = new TransportAddress();
  #nextId = 1;

  constructor(
    context: ServerContext,
    registry: Registry,
    answers: Answers,
    again: (now: Instant, client: FlowId, request: Uint8Array) => void,
  ) {
    this.#context = context;
    this.#registry = registry;
    this.#answers = answers;
    this.#again = again;
  }

  get pending(): number {
    return this.#pending.size;
  }

  /** An authenticated Allocate request. */
  handle(now: Instant, client: FlowId, reader: StunReader): void {
    const { allocations, config, credentials, limits } = this.#context;
    const existing = allocations.get(client);
    if (existing !== undefined) {
      // The same request again is answered again (RFC 8656 7.2, note).
      if (existing.isMadeBy(reader.bytes, reader.transactionIdOffset)) this.#accept(now, existing, reader);
      else this.#answers.error(client, reader, ErrorCode.allocationMismatch);
      return;
    }
    const failed = this.#failed.get(client);
    if (failed !== undefined) {
      this.#answers.error(client, reader, failed);
      return;
    }
    if (this.#pending.has(client)) return;
    if (config.alternateServer !== undefined) {
      this.#redirect(client, reader, config.alternateServer);
      return;
    }
    // A port that is kept is a socket, too; with its token it becomes the allocation.
    const redeemed = reader.find(AttributeType.reservationToken) ? 1 : 0;
    const busy = allocations.size + this.#pending.size + this.#registry.reserved - redeemed;
    const { username } = credentials;
    if (busy >= limits.maxAllocations || this.#pending.size >= MOST_PENDING) {
      this.#answers.error(client, reader, ErrorCode.insufficientCapacity);
      return;
    }
    const share = this.#registry.takeShare(now, username);
    if (share === undefined) {
      this.#answers.error(client, reader, ErrorCode.allocationQuotaReached);
      return;
    }
    // Last: it uses up the reservation that it finds.
    const wish = this.#read(now, reader);
    if (typeof wish === 'number') {
      this.#registry.giveShareBack(share);
      this.#answers.error(client, reader, wish);
      return;
    }
    if (wish.port === 'even-and-next') {
      const hasRoom = busy + 2 <= limits.maxAllocations;
      if (!hasRoom || !this.#registry.takeReservation(share)) {
        this.#registry.giveShareBack(share);
        const code = hasRoom ? ErrorCode.allocationQuotaReached : ErrorCode.insufficientCapacity;
        this.#answers.error(client, reader, code);
        return;
      }
    }
    this.#begin(now, client, username, share, reader, wish);
  }

  addRelay(now: Instant, id: number, options: RelayOptions): void {
    const pending = this.#pendingOf(id);
    if (pending === undefined) {
      // Too late: nobody waits for it.
      this.#context.emit({ type: 'release-relay', base: options.base });
      if (options.next !== undefined) this.#context.emit({ type: 'release-relay', base: options.next.base });
      return;
    }
    const { relays } = this.#context;
    if (relays.has(options.base)) throw new TurnError('bad-relay', `base ${options.base} is a relay already`);
    if (pending.wish.port === 'even-and-next' && options.next === undefined) {
      throw new TurnError('bad-relay', 'the next port was asked for, too');
    }
    const family = pending.needs.get(id) as Family;
    pending.needs.delete(id);
    pending.relays.push({ ...options, family });
    if (pending.needs.size === 0) this.#finish(now, pending);
  }

  relayFailed(now: Instant, id: number): void {
    const pending = this.#pendingOf(id);
    if (pending === undefined) return;
    pending.needs.delete(id);
    if (pending.needs.size === 0) this.#finish(now, pending);
  }

  /** The client is gone: nobody waits any more. */
  drop(client: FlowId): void {
    const pending = this.#pending.get(client);
    if (pending === undefined) return;
    this.#forget(pending);
    this.#giveReservationBack(pending);
    for (const { base, next } of pending.relays) {
      this.#context.emit({ type: 'release-relay', base });
      if (next !== undefined) this.#context.emit({ type: 'release-relay', base: next.base });
    }
    this.#registry.giveShareBack(pending.share);
    this.#context.flows.unpin(client);
  }

  dropAll(): void {
    for (const client of [...this.#pending.keys()]) this.drop(client);
  }

  handleTimeout(now: Instant): void {
    for (const pending of [...this.#pending.values()]) if (now >= pending.deadline) this.#finish(now, pending);
  }

  nextDeadline(): Instant {
    let next: Instant = NEVER;
    for (const { deadline } of this.#pending.values()) next = Math.min(next, deadline);
    return next;
  }

  /** Checks 3 to 9 of RFC 8656 7.2: the wish, or the error code. */
  #read(now: Instant, reader: StunReader): Wish | number {
    const { config, limits } = this.#context;
    const protocol = reader.find(AttributeType.requestedTransport) ? readFirstByte(reader) : -1;
    if (protocol < 0) return ErrorCode.badRequest;
    if (protocol !== UDP_PROTOCOL) return ErrorCode.unsupportedTransportProtocol;
    const evenPort = reader.find(AttributeType.evenPort) ? readEvenPort(reader) : NONE;
    const requested = reader.find(AttributeType.requestedAddressFamily) ? readFirstByte(reader) : NONE;
    const additional = reader.find(AttributeType.additionalAddressFamily) ? readFirstByte(reader) : NONE;
    if (evenPort === -1 || requested === -1 || additional === -1) return ErrorCode.badRequest;
    const lifetimeMs = desiredLifetimeMs(reader, limits.defaultLifetimeSeconds, limits.maxLifetimeSeconds);
    if (reader.find(AttributeType.reservationToken)) {
      if (evenPort !== NONE || requested !== NONE || additional !== NONE) return ErrorCode.badRequest;
      if (reader.valueLength !== RESERVATION_TOKEN_BYTES) return ErrorCode.badRequest;
      const reservation = this.#registry.redeem(now, reader.bytes, reader.valueOffset);
      if (reservation === undefined) return ErrorCode.insufficientCapacity;
      return { families: [], port: 'any', reservation, refused: undefined, lifetimeMs };
    }
    if (requested !== NONE && additional !== NONE) return ErrorCode.badRequest;
    if (additional !== NONE && (additional !== AddressFamily.ipv6 || evenPort === 1)) return ErrorCode.badRequest;
    const port = evenPort === 1 ? 'even-and-next' : evenPort === 0 ? 'even' : 'any';
    const served = config.families ?? ['ipv4'];
    if (additional !== NONE) {
      const families = (['ipv4', 'ipv6'] as const).filter((family) => served.includes(family));
      const refused = families.length === 2 ? undefined : families[0] === 'ipv4' ? 'ipv6' : 'ipv4';
      return { families, port, reservation: undefined, refused, lifetimeMs };
    }
    if (requested !== NONE && requested !== AddressFamily.ipv4 && requested !== AddressFamily.ipv6) {
      return ErrorCode.addressFamilyNotSupported;
    }
    const family = requested === AddressFamily.ipv6 ? 'ipv6' : 'ipv4';
    if (!served.includes(family)) return ErrorCode.addressFamilyNotSupported;
    return { families: [family], port, reservation: undefined, refused: undefined, lifetimeMs };
  }

  #begin(now: Instant, client: FlowId, username: string, share: UserShare, reader: StunReader, wish: Wish): void {
    const { bytes, offset, length } = reader;
    const pending: Pending = {
      client,
      username,
      share,
      request: bytes.slice(offset, offset + length),
      wish,
      needs: new Map(),
      relays: [],
      deadline: now + RELAY_TIMEOUT_MS,
    };
    this.#context.flows.pin(client);
    this.#pending.set(client, pending);
    if (wish.reservation !== undefined) {
      const { base, family, address, port } = wish.reservation;
      pending.relays.push({ base, family, address, port });
      this.#finish(now, pending);
      return;
    }
    for (const family of wish.families) {
      const id = this.#nextId++;
      pending.needs.set(id, family);
      this.#context.emit({ type: 'need-relay', id, family, port: wish.port });
    }
  }

  /** All sockets are there that will be: the allocation is made, or refused. */
  #finish(now: Instant, pending: Pending): void {
    const { client, username, share, wish } = pending;
    this.#forget(pending);
    if (pending.relays.length === 0) {
      this.#registry.giveShareBack(share);
      this.#giveReservationBack(pending);
      // Not remembered beyond this call: a later request may be luckier.
      this.#failed.set(client, ErrorCode.insufficientCapacity);
      this.#again(now, client, pending.request);
      this.#failed.delete(client);
      this.#context.flows.unpin(client);
      return;
    }
    const allocation = this.#registry.add(now, client, username, share);
    allocation.setTransactionId(pending.request, 8);
    for (const { base, family, address, port, next } of pending.relays) {
      this.#registry.addRelay(allocation, { base, family, address, port, expiresAt: now + wish.lifetimeMs });
      if (next === undefined) continue;
      const reserved = { base: next.base, family, address, port: next.port, share };
      allocation.reservationToken = this.#registry.reserve(now, reserved);
    }
    const missing = wish.families.find((family) => !pending.relays.some((relay) => relay.family === family));
    allocation.addressErrorFamily = wish.refused ?? missing ?? 'ipv6';
    if (wish.refused !== undefined) allocation.addressErrorCode = ErrorCode.addressFamilyNotSupported;
    else if (missing !== undefined) allocation.addressErrorCode = ErrorCode.insufficientCapacity;
    const relayed = allocation.relays.map(({ address, port }) => ({ address, port }));
    this.#context.emit({ type: 'allocated', client, username, relayed } satisfies TurnServerEvent);
    this.#again(now, client, pending.request);
  }

  #accept(now: Instant, allocation: ServerAllocation, reader: StunReader): void {
    const { source } = this.#context;
    this.#answers.success(allocation.client, reader, (writer: StunWriter) => {
      for (const { address, port } of allocation.relays) {
        this.#relayed.set(address, port);
        writer.xorAddress(AttributeType.xorRelayedAddress, this.#relayed);
      }
      writer.u32(AttributeType.lifetime, Math.max(0, Math.round((allocation.expiresAt() - now) / 1000)));
      if (allocation.reservationToken !== undefined) {
        writer.attribute(AttributeType.reservationToken, allocation.reservationToken);
      }
      if (allocation.addressErrorCode !== 0) {
        writeAddressErrorCode(writer, AddressFamily[allocation.addressErrorFamily], allocation.addressErrorCode);
      }
      writer.xorMappedAddress(source);
    });
  }

  /** 300 with ALTERNATE-SERVER (RFC 8489 10). */
  #redirect(client: FlowId, reader: StunReader, to: { readonly address: string; readonly port: number }): void {
    this.#answers.error(client, reader, ErrorCode.tryAlternate, (writer) => {
      if (this.#relayed.set(to.address, to.port)) writer.address(AttributeType.alternateServer, this.#relayed);
    });
  }

  #giveReservationBack({ share, wish }: Pending): void {
    if (wish.port === 'even-and-next') this.#registry.giveReservationBack(share);
  }

  #forget(pending: Pending): void {
    this.#pending.delete(pending.client);
  }

  #pendingOf(id: number): Pending | undefined {
    for (const pending of this.#pending.values()) if (pending.needs.has(id)) return pending;
    return undefined;
  }
}

/** The "desired lifetime", ms (RFC 8656 7.2 and 8.2): what is asked for, but at least the default and at most the limit. */
export function desiredLifetimeMs(reader: StunReader, defaultSeconds: number, mostSeconds: number): number {
  const asked = reader.find(AttributeType.lifetime) ? reader.u32() : -1;
  return 1000 * Math.max(defaultSeconds, Math.min(asked, mostSeconds));
}

/** No such attribute; -1 is a malformed one. */
const NONE = -2;
