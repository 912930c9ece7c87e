import { TransportAddress } from '@hawser/stun';
import { type BaseId, type FlowId, hexText, type Instant, NEVER } from '@hawser/wire';
import { RESERVATION_TOKEN_BYTES } from '../attributes.ts';
import { type Relay, ServerAllocation, type UserShare } from './allocation.ts';
import type { ServerContext } from './context.ts';
import { TokenBucket } from './token-bucket.ts';

/** A relayed address that is kept for whoever brings the token (RFC 8656 7.2). */
export interface Reservation {
  readonly base: BaseId;
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly port: number;
  /** Of the user who has it kept. */
  readonly share: UserShare;
  readonly expiresAt: Instant;
}

/** "The server MUST hold this reservation for at least 30 seconds" (RFC 8656 7.2). */
const RESERVATION_MS = 30_000;

type DeallocationReason = 'released' | 'expired' | 'disconnected' | 'closed';

/** The allocations there are, the shares of their users, and what is reserved: made, found, and ended. */
export class Registry {
  readonly #context: ServerContext;
  readonly #shares = new Map<string, UserShare>();
  readonly #reservations = new Map<string, Reservation>();
  #nextExpiry: Instant | undefined;
  readonly #client = new TransportAddress();
  #reserved = 0;

  constructor(context: ServerContext) {
    this.#context = context;
  }

  get reservations(): number {
    return this.#reservations.size;
  }

  /** The share of a user, which counts one allocation more; `undefined` when that is one too many (486). */
  takeShare(now: Instant, username: string): UserShare | undefined {
    const { limits, users } = this.#context;
    const user = users.userOf(username);
    let share = this.#shares.get(user);
    if (share === undefined) {
      this.#dropIdleShares(now);
      const rate = limits.userBytesPerSecond;
      share = { allocations: 0, reservations: 0, channels: 0, bucket: new TokenBucket(now, rate, rate) };
      this.#shares.set(user, share);
    }
    if (share.allocations >= limits.maxAllocationsPerUser) return undefined;
    share.allocations++;
    return share;
  }

  /** The share stays until its rate is whole again: whoever comes back at once finds what he had left. */
  giveShareBack(share: UserShare): void {
    share.allocations--;
  }

  /** Counts a port that the user has kept from now on; false when it is one too many: no more than allocations. */
  takeReservation(share: UserShare): boolean {
    if (share.reservations >= this.#context.limits.maxAllocationsPerUser) return false;
    share.reservations++;
    this.#reserved++;
    return true;
  }

  /** There is no port to keep, or nobody keeps it any more. */
  giveReservationBack(share: UserShare): void {
    share.reservations--;
    this.#reserved--;
  }

  /** Ports that are kept, or will be when their sockets are there. */
  get reserved(): number {
    return this.#reserved;
  }

  add(now: Instant, client: FlowId, username: string, share: UserShare): ServerAllocation {
    const { allocations, flows, limits, listeners } = this.#context;
    const isStream = listeners.get(flows.base(client))?.isStream === true;
    const rate = limits.allocationBytesPerSecond;
    const allocation = new ServerAllocation(client, username, isStream, share, new TokenBucket(now, rate, rate));
    allocations.set(client, allocation);
    return allocation;
  }

  addRelay(allocation: ServerAllocation, relay: Relay): void {
    const { policy, relays } = this.#context;
    allocation.relays.push(relay);
    relays.set(relay.base, { allocation, relay });
    policy.addOwn(relay.address);
    this.#nextExpiry = undefined;
  }

  setExpiry(relay: Relay, expiresAt: Instant): void {
    relay.expiresAt = expiresAt;
    this.#nextExpiry = undefined;
  }

  /** Reserves a relayed address, which `takeReservation` has counted; returns the token. */
  reserve(now: Instant, from: Omit<Reservation, 'expiresAt'>): Uint8Array {
    const token = new Uint8Array(RESERVATION_TOKEN_BYTES);
    this.#context.env.secure.fillSecure(token, 0, token.length);
    this.#reservations.set(hexText(token), { ...from, expiresAt: now + RESERVATION_MS });
    this.#context.policy.addOwn(from.address);
    this.#nextExpiry = undefined;
    return token;
  }

  /** The reservation of a token, which is used up by that. */
  redeem(now: Instant, bytes: Uint8Array, offset: number): Reservation | undefined {
    const token = hexText(bytes, offset, RESERVATION_TOKEN_BYTES);
    const reservation = this.#reservations.get(token);
    if (reservation === undefined || now >= reservation.expiresAt) return undefined;
    this.#reservations.delete(token);
    this.giveReservationBack(reservation.share);
    this.#context.policy.removeOwn(reservation.address);
    return reservation;
  }

  /** Ends one relayed address, and with the last one the allocation. */
  removeRelay(allocation: ServerAllocation, relay: Relay, reason: DeallocationReason): void {
    const { flows, outbox, policy, relays } = this.#context;
    allocation.relays.splice(allocation.relays.indexOf(relay), 1);
    relays.delete(relay.base);
    policy.removeOwn(relay.address);
    // "destroys any permissions or channels associated with that particular allocation" and no others (RFC 8656 8.1).
    for (const [flow, channel] of allocation.channelsByFlow) {
      if (flows.base(flow) !== relay.base) continue;
      allocation.channelsByFlow.delete(flow);
      allocation.channelsByNumber.delete(channel.number);
      allocation.share.channels--;
    }
    for (const address of allocation.permissions.keys()) {
      if (address.includes(':') === (relay.family === 'ipv6')) allocation.permissions.delete(address);
    }
    outbox.dropFlows((flow) => flows.base(flow) === relay.base);
    flows.dropBase(relay.base);
    this.#context.emit({ type: 'release-relay', base: relay.base });
    if (allocation.relays.length === 0) this.#forget(allocation, reason);
    this.#nextExpiry = undefined;
  }

  remove(allocation: ServerAllocation, reason: DeallocationReason): void {
    for (const relay of [...allocation.relays]) this.removeRelay(allocation, relay, reason);
  }

  removeAll(): void {
    for (const allocation of [...this.#context.allocations.values()]) this.remove(allocation, 'closed');
    for (const token of [...this.#reservations.keys()]) this.#dropReservation(token);
  }

  handleTimeout(now: Instant): void {
    for (const allocation of [...this.#context.allocations.values()]) {
      for (const relay of [...allocation.relays]) {
        if (now >= relay.expiresAt) this.removeRelay(allocation, relay, 'expired');
      }
    }
    for (const [token, { expiresAt }] of this.#reservations) if (now >= expiresAt) this.#dropReservation(token);
  }

  nextDeadline(): Instant {
    if (this.#nextExpiry === undefined) {
      let next = NEVER;
      for (const allocation of this.#context.allocations.values()) next = Math.min(next, allocation.expiresAt());
      for (const { expiresAt } of this.#reservations.values()) next = Math.min(next, expiresAt);
      this.#nextExpiry = next;
    }
    return this.#nextExpiry;
  }

  #dropIdleShares(now: Instant): void {
    for (const [user, { allocations, reservations, bucket }] of this.#shares) {
      if (allocations === 0 && reservations === 0 && bucket.isFull(now)) this.#shares.delete(user);
    }
  }

  #dropReservation(token: string): void {
    const reservation = this.#reservations.get(token);
    if (reservation === undefined) return;
    this.#reservations.delete(token);
    this.giveReservationBack(reservation.share);
    this.#context.policy.removeOwn(reservation.address);
    this.#context.flows.dropBase(reservation.base);
    this.#context.emit({ type: 'release-relay', base: reservation.base });
    this.#nextExpiry = undefined;
  }

  #forget(allocation: ServerAllocation, reason: DeallocationReason): void {
    const { client, username, bytesToClient, bytesToPeers } = allocation;
    const { allocations, flows, spent } = this.#context;
    this.#client.set(flows.address(client), flows.port(client));
    allocation.spendRequest(this.#client, spent);
    allocations.delete(client);
    flows.unpin(client);
    this.giveShareBack(allocation.share);
    this.#context.emit({ type: 'deallocated', client, username, reason, bytesToPeers, bytesToClient });
  }
}
