import { TRANSACTION_ID_BYTES, type TransportAddress } from '@hawser/stun';
import { type BaseId, equalBytes, type FlowId, type Instant } from '@hawser/wire';
import type { SpentRequests } from './spent-requests.ts';
import type { TokenBucket } from './token-bucket.ts';

/** One relayed transport address: a socket of the runtime. */
export interface Relay {
  readonly base: BaseId;
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly port: number;
  /** "the time-to-expiry for each relayed transport address" (RFC 8656 6). */
  expiresAt: Instant;
}

/** A channel binding (RFC 8656 12). */
export interface ServerChannel {
  readonly number: number;
  /** Relay and peer: pinned as long as the binding is kept. */
  readonly flow: FlowId;
  readonly peerText: string;
  expiresAt: Instant;
}

/** What a user has, over all allocations. */
export interface UserShare {
  allocations: number;
  /** Ports that are kept for whoever brings their token. */
  reservations: number;
  /** Channels, each of which keeps a flow. */
  channels: number;
  readonly bucket: TokenBucket;
}

/** One allocation (RFC 8656 6). */
export class ServerAllocation {
  /** Client, listening base and transport: the 5-tuple. Pinned. */
  readonly client: FlowId;
  readonly username: string;
  readonly isStream: boolean;
  readonly share: UserShare;
  readonly bucket: TokenBucket;
  readonly relays: Relay[] = [];
  /** When each permitted address is forgotten, by its canonical text. */
  readonly permissions = new Map<string, Instant>();
  readonly channelsByNumber = new Map<number, ServerChannel>();
  readonly channelsByFlow = new Map<FlowId, ServerChannel>();
  /** Token of the port above, while it is reserved. */
  reservationToken: Uint8Array | undefined;
  /** Error code for the family of a dual allocation that could not be had, or 0. */
  addressErrorCode = 0;
  addressErrorFamily: 'ipv4' | 'ipv6' = 'ipv6';
  bytesToPeers = 0;
  bytesToClient = 0;
  readonly #transactionId = new Uint8Array(TRANSACTION_ID_BYTES);
  #halfEndedBy: Uint8Array | undefined;

  constructor(client: FlowId, username: string, isStream: boolean, share: UserShare, bucket: TokenBucket) {
    this.client = client;
    this.username = username;
    this.isStream = isStream;
    this.share = share;
    this.bucket = bucket;
  }

  /** Remembers the request that made it, which may come again (RFC 8656 7.2, note). */
  setTransactionId(bytes: Uint8Array, offset: number): void {
    for (let i = 0; i < TRANSACTION_ID_BYTES; i++) this.#transactionId[i] = bytes[offset + i];
  }

  /** Its request makes no other. */
  spendRequest(source: Readonly<TransportAddress>, spent: SpentRequests): void {
    spent.note(source, this.#transactionId, 0);
  }

  isMadeBy(bytes: Uint8Array, offset: number): boolean {
    return equalBytes(this.#transactionId, 0, bytes, offset, TRANSACTION_ID_BYTES);
  }

  /** Remembers the request that gave one of its two families back, which may come again, too. */
  noteHalfEnded(bytes: Uint8Array, offset: number): void {
    this.#halfEndedBy = bytes.slice(offset, offset + TRANSACTION_ID_BYTES);
  }

  isHalfEndedBy(bytes: Uint8Array, offset: number): boolean {
    return this.#halfEndedBy !== undefined && equalBytes(this.#halfEndedBy, 0, bytes, offset, TRANSACTION_ID_BYTES);
  }

  relayOf(addressBytes: number): Relay | undefined {
    const family = addressBytes === 4 ? 'ipv4' : 'ipv6';
    return this.relays.find((relay) => relay.family === family);
  }

  /** Whether data may pass to and from this address (RFC 8656 9). */
  isPermitted(now: Instant, addressText: string): boolean {
    const expiresAt = this.permissions.get(addressText);
    return expiresAt !== undefined && now < expiresAt;
  }

  /** Takes from the rates of allocation and user; false: to be dropped. */
  mayRelay(now: Instant, bytes: number): boolean {
    return this.bucket.take(now, bytes) && this.share.bucket.take(now, bytes);
  }

  /** Forgets permissions that ran out. */
  dropExpiredPermissions(now: Instant): void {
    for (const [address, expiresAt] of this.permissions) if (now >= expiresAt) this.permissions.delete(address);
  }

  /** When its first relayed address runs out. */
  expiresAt(): Instant {
    let next = Number.POSITIVE_INFINITY;
    for (const relay of this.relays) next = Math.min(next, relay.expiresAt);
    return next;
  }
}
