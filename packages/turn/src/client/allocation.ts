import {
  AttributeType,
  ErrorCode,
  LongTermClient,
  StunMethod,
  type StunReader,
  type StunWriter,
  TransportAddress,
} from '@hawser/stun';
import { type Env, type Instant, NEVER, Verdict } from '@hawser/wire';
import { RESERVATION_TOKEN_BYTES, readAddressErrorCode } from '../attributes.ts';
import { TurnError } from '../errors.ts';
import { writeAllocate } from './allocate-request.ts';
import type { ResolvedClientConfig } from './config.ts';
import type { AddressAndPort, TurnClientEvent, TurnFailure } from './events.ts';
import { type PeerRequest, Peers } from './peers.ts';
import { type PendingRequest, Requests } from './requests.ts';
import { LEGAL, type TurnClientState } from './state.ts';

/** What a request of the client is about. */
export type ClientRequest = { readonly kind: 'allocate' | 'refresh' | 'release' } | PeerRequest;

/**
 * The allocation as its client keeps it (RFC 8656 6 to 8): its state, its lifetime, and what every answer means. What is
 * about peers is in {@link Peers}.
 */
export class Allocation {
  state: TurnClientState = 'idle';
  dontFragment: boolean;
  staleNonces = 0;
  eventsDropped = 0;
  readonly requests: Requests<ClientRequest>;
  readonly peers: Peers;
  readonly #config: ResolvedClientConfig;
  readonly #login: LongTermClient;
  readonly #events: TurnClientEvent[] = [];
  readonly #trace: Env['trace'];
  #refreshAt: Instant = NEVER;
  #expiresAt: Instant = NEVER;

  constructor(config: ResolvedClientConfig, env: Env) {
    this.#config = config;
    this.#trace = env.trace;
    this.dontFragment = config.dontFragment;
    this.#login = new LongTermClient(config);
    this.requests = new Requests(config, this.#login, env.secure);
    this.peers = new Peers(config, this.requests, (event) => void this.#events.push(event));
  }

  get permissions(): Peers['permissions'] {
    return this.peers.permissions;
  }

  get channels(): Peers['channels'] {
    return this.peers.channels;
  }

  allocate(now: Instant): void {
    if (this.state !== 'idle') throw new TurnError('wrong-state', `cannot allocate when ${this.state}`);
    this.#enter(now, 'allocating', 'asked');
    this.#start(now, { kind: 'allocate' });
  }

  permit(now: Instant, peer: Readonly<TransportAddress>): boolean {
    this.#needLife();
    return this.#flushed(now, this.peers.permit(now, peer));
  }

  bind(now: Instant, peer: Readonly<TransportAddress>): boolean {
    this.#needLife();
    return this.#flushed(now, this.peers.bind(now, peer));
  }

  forget(now: Instant, peer: Readonly<TransportAddress>): void {
    this.peers.forget(now, peer);
  }

  release(now: Instant): void {
    const { state } = this;
    if (state === 'closed' || state === 'releasing') return;
    this.requests.dropAll();
    this.#refreshAt = NEVER;
    if (state === 'idle') {
      this.#close(now, { type: 'released' });
      return;
    }
    // While allocating the server may have made an allocation whose answer we never saw: it is given back, too.
    this.#enter(now, 'releasing', 'asked');
    this.#start(now, { kind: 'release' });
  }

  handleTimeout(now: Instant): void {
    for (
      let pending = this.requests.takeTimedOut(now);
      pending !== undefined;
      pending = this.requests.takeTimedOut(now)
    ) {
      if (this.state !== 'closed') this.#fail(now, pending, 0, 'timeout', undefined);
    }
    if (this.state !== 'allocated') return;
    if (now >= this.#expiresAt) {
      this.#end(now, 'timeout', 0, undefined);
      return;
    }
    if (now >= this.#refreshAt && this.requests.hasRoom) {
      this.#refreshAt = NEVER;
      this.#start(now, { kind: 'refresh' });
    }
    this.peers.handleTimeout(now);
  }

  /** @param code of the error response, 0 for a success, -1 for an error without a code */
  handleResponse(now: Instant, reader: StunReader, code: number): Verdict {
    const pending = this.requests.find(reader);
    if (pending === undefined) return Verdict.unexpected;
    if (code < 0) return Verdict.malformed;
    const verdict = this.#authenticate(now, reader, pending, code);
    if (verdict !== Verdict.consumed) return verdict;
    // Challenged, and dealt with.
    if (this.requests.find(reader) !== pending) return verdict;
    this.requests.complete(now, pending);
    if (code === 0) this.#succeed(now, reader, pending);
    else this.#handleError(now, reader, pending, code);
    if (this.state === 'allocated') this.peers.flush(now);
    return Verdict.consumed;
  }

  /** False when nobody takes events: there are many already. */
  reportIcmp(peer: Readonly<TransportAddress>, icmpType: number, icmpCode: number): boolean {
    if (this.#events.length >= MOST_ICMP_EVENTS) {
      this.eventsDropped++;
      return false;
    }
    this.#events.push({ type: 'icmp', peer: textOf(peer), icmpType, icmpCode });
    return true;
  }

  pollEvent(): TurnClientEvent | undefined {
    return this.#events.shift();
  }

  nextDeadline(): Instant {
    const next = this.requests.nextDeadline();
    if (this.state !== 'allocated') return next;
    // What waits for room among the requests waits for the end of one.
    const ours = Math.min(this.#expiresAt, this.requests.hasRoom ? this.#refreshAt : NEVER);
    return Math.min(next, ours, this.peers.nextDeadline());
  }

  /**
   * Whether the response may be acted on (RFC 8489 9.2.5). A challenge ends the transaction: it is answered by another one.
   */
  #authenticate(now: Instant, reader: StunReader, pending: PendingRequest<ClientRequest>, code: number): Verdict {
    switch (this.#login.handleResponse(reader, pending.round)) {
      case 'accept':
        return reader.unknownRequiredCount > 0 ? Verdict.unsupported : Verdict.consumed;
      case 'retry':
        this.requests.complete(now, pending);
        if (code === ErrorCode.staleNonce) this.staleNonces++;
        if (pending.attempts < MOST_ATTEMPTS) this.#start(now, pending.item, pending.attempts + 1);
        else this.#fail(now, pending, code, 'unauthorized', undefined);
        return Verdict.consumed;
      case 'fail':
        this.requests.complete(now, pending);
        this.#fail(now, pending, code, 'unauthorized', undefined);
        return Verdict.consumed;
      case 'discard':
        // "the layer MUST immediately end the transaction" over a reliable transport; else it goes on.
        if (this.#config.transport === 'stream') {
          this.requests.complete(now, pending);
          this.#fail(now, pending, code, 'integrity-violated', undefined);
        }
        return Verdict.unauthenticated;
    }
  }

  #succeed(now: Instant, reader: StunReader, pending: PendingRequest<ClientRequest>): void {
    const { item } = pending;
    switch (item.kind) {
      case 'allocate':
        this.#handleAllocated(now, reader);
        break;
      case 'refresh':
        this.#extend(now, reader);
        break;
      case 'release':
        this.#close(now, { type: 'released' });
        break;
      default:
        this.peers.handleSuccess(now, item);
    }
  }

  #handleError(now: Instant, reader: StunReader, pending: PendingRequest<ClientRequest>, code: number): void {
    const { item } = pending;
    if (item.kind === 'allocate' && code === ErrorCode.unknownAttribute && this.dontFragment) {
      // "MAY choose to retry the Allocate request without the DONT-FRAGMENT attribute" (RFC 8656 7.4).
      this.dontFragment = false;
      this.#start(now, item);
      return;
    }
    const alternate = code === ErrorCode.tryAlternate ? readAlternate(reader) : undefined;
    this.#fail(now, pending, code, alternate === undefined ? reasonOf(code) : 'try-alternate', alternate);
  }

  #fail(
    now: Instant,
    pending: PendingRequest<ClientRequest>,
    code: number,
    reason: TurnFailure,
    alternate: AddressAndPort | undefined,
  ): void {
    const { item } = pending;
    switch (item.kind) {
      case 'allocate':
      case 'refresh':
        this.#end(now, reason, code, alternate);
        break;
      case 'release':
        // 437 "as having effectively succeeded" (RFC 8656 8.3); else the allocation will run out by itself.
        this.#close(now, { type: 'released' });
        break;
      default:
        // The server does not know the allocation: it is gone.
        if (code === ErrorCode.allocationMismatch) this.#end(now, reason, code, undefined);
        else this.peers.handleFailure(now, item, code);
    }
  }

  #handleAllocated(now: Instant, reader: StunReader): void {
    const relayed = readRelayed(reader);
    const lifetimeSeconds = readLifetime(reader);
    if (relayed.length === 0 || lifetimeSeconds < 0) {
      this.#end(now, 'rejected', 0, undefined);
      return;
    }
    const mapped = new TransportAddress();
    const isMapped = reader.find(AttributeType.xorMappedAddress) && reader.xorAddress(mapped);
    const isReserved = reader.find(AttributeType.reservationToken) && reader.valueLength === RESERVATION_TOKEN_BYTES;
    const reservationToken = isReserved
      ? reader.bytes.slice(reader.valueOffset, reader.valueOffset + RESERVATION_TOKEN_BYTES)
      : undefined;
    const addressError = reader.find(AttributeType.addressErrorCode) ? readAddressErrorCode(reader) : 0;
    this.#enter(now, 'allocated', 'answered');
    this.#setLifetime(now, lifetimeSeconds);
    this.#events.push({
      type: 'allocated',
      relayed,
      mapped: isMapped ? textOf(mapped) : undefined,
      lifetimeSeconds,
      reservationToken,
      addressErrorCode: addressError < 0 ? 0 : addressError & 0xffff,
    });
  }

  #extend(now: Instant, reader: StunReader): void {
    const lifetimeSeconds = readLifetime(reader);
    if (lifetimeSeconds <= 0) this.#end(now, 'rejected', 0, undefined);
    else this.#setLifetime(now, lifetimeSeconds);
  }

  /** "refresh the allocation roughly 1 minute before it expires" (RFC 8656 8); a short one half-way. */
  #setLifetime(now: Instant, lifetimeSeconds: number): void {
    const lifetimeMs = 1000 * lifetimeSeconds;
    this.#expiresAt = now + lifetimeMs;
    this.#refreshAt = now + (lifetimeMs > 2 * REFRESH_BEFORE_MS ? lifetimeMs - REFRESH_BEFORE_MS : lifetimeMs / 2);
  }

  #start(now: Instant, item: ClientRequest, attempts = 0): void {
    if (item.kind === 'permit' || item.kind === 'bind') this.peers.start(now, item, attempts);
    else if (item.kind === 'allocate') {
      const write = (writer: StunWriter): void => writeAllocate(writer, this.#config, this.dontFragment);
      this.requests.start(now, StunMethod.allocate, item, write, attempts);
    } else {
      const seconds = item.kind === 'release' ? 0 : this.#config.lifetimeSeconds;
      const write = (writer: StunWriter): void => {
        if (seconds !== undefined) writer.u32(AttributeType.lifetime, seconds);
      };
      this.requests.start(now, StunMethod.refresh, item, write, attempts);
    }
  }

  #flushed(now: Instant, taken: boolean): boolean {
    if (taken && this.state === 'allocated') this.peers.flush(now);
    return taken;
  }

  #needLife(): void {
    if (this.state === 'closed' || this.state === 'releasing') {
      throw new TurnError('wrong-state', 'there is no allocation any more');
    }
  }

  #end(now: Instant, reason: TurnFailure, code: number, alternate: AddressAndPort | undefined): void {
    this.#close(now, { type: 'failed', reason, code, alternate });
  }

  #close(now: Instant, event: TurnClientEvent): void {
    this.requests.dropAll();
    this.#enter(now, 'closed', event.type);
    this.#events.push(event);
  }

  #enter(now: Instant, next: TurnClientState, why: string): void {
    if (!LEGAL[this.state].includes(next)) throw new TurnError('wrong-state', `no edge from ${this.state} to ${next}`);
    this.state = next;
    this.#trace?.trace(now, 'turn:state', { next, why });
  }
}

function readRelayed(reader: StunReader): AddressAndPort[] {
  const relayed: AddressAndPort[] = [];
  const address = new TransportAddress();
  for (let more = reader.first(); more && relayed.length < 2; more = reader.next()) {
    if (reader.type !== AttributeType.xorRelayedAddress || !reader.xorAddress(address)) continue;
    // Nobody can be reached at port 0.
    if (address.port > 0) relayed.push(textOf(address));
  }
  return relayed;
}

/** LIFETIME, seconds; -1 when there is none. */
function readLifetime(reader: StunReader): number {
  return reader.find(AttributeType.lifetime) ? reader.u32() : -1;
}

function readAlternate(reader: StunReader): AddressAndPort | undefined {
  const address = new TransportAddress();
  return reader.find(AttributeType.alternateServer) && reader.address(address) ? textOf(address) : undefined;
}

function textOf(address: Readonly<TransportAddress>): AddressAndPort {
  return { address: address.text(), port: address.port };
}

function reasonOf(code: number): TurnFailure {
  switch (code) {
    case ErrorCode.forbidden:
      return 'forbidden';
    case ErrorCode.allocationMismatch:
      return 'allocation-mismatch';
    case ErrorCode.wrongCredentials:
      return 'unauthorized';
    case ErrorCode.addressFamilyNotSupported:
    case ErrorCode.unsupportedTransportProtocol:
    case ErrorCode.peerAddressFamilyMismatch:
      return 'unsupported';
    case ErrorCode.allocationQuotaReached:
    case ErrorCode.insufficientCapacity:
      return 'no-capacity';
    default:
      return 'rejected';
  }
}

const REFRESH_BEFORE_MS = 60_000;

/** A request is begun again for a challenge, a stale nonce, another: a server that goes on so is not worth more. */
const MOST_ATTEMPTS = 4;

/** ICMP reports that wait for `pollEvent`: they are not authenticated, so a flood must not grow. */
const MOST_ICMP_EVENTS = 64;
