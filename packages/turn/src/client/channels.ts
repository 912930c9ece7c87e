import type { TransportAddress } from '@hawser/stun';
import { type Instant, NEVER } from '@hawser/wire';
import { AddressIndex } from '../address-index.ts';
import { FIRST_CHANNEL } from '../channel-data.ts';
import { copyAddress } from './permissions.ts';

/** A channel binding lasts for 10 minutes (RFC 8656 12). */
export const CHANNEL_LIFETIME_MS = 600_000;

/** "the client MUST wait 5 minutes after the channel binding expires" before it binds number or peer anew (RFC 8656 12). */
export const CHANNEL_REST_MS = 300_000;

/** One channel binding as the client keeps it. */
export interface ClientChannel {
  readonly number: number;
  readonly peer: TransportAddress;
  /** Whether the client wants it: refreshed while it does, left to expire when not. */
  wanted: boolean;
  /** The server confirmed it, and it has not run out: data may be sent on it. */
  bound: boolean;
  requested: boolean;
  refreshAt: Instant;
  /** When the server forgets it. `NEVER` before it was asked for. */
  expiresAt: Instant;
}

/** The channels of an allocation as its client keeps them: by number for what comes, by peer for what goes. */
export class ClientChannels {
  readonly #index: AddressIndex;
  readonly #byNumber: (ClientChannel | undefined)[] = [];
  readonly #capacity: number;
  readonly #free: number[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#index = new AddressIndex(capacity);
  }

  find(peer: Readonly<TransportAddress>): ClientChannel | undefined {
    const entry = this.#index.find(peer, peer.port);
    return entry < 0 ? undefined : this.#byNumber[entry];
  }

  withNumber(number: number): ClientChannel | undefined {
    return this.#byNumber[number - FIRST_CHANNEL];
  }

  /** Adds a channel to `peer`, which must have none; `undefined` when there is no room. */
  add(now: Instant, peer: Readonly<TransportAddress>): ClientChannel | undefined {
    const entry = this.#free.pop() ?? this.#byNumber.length;
    if (entry >= this.#capacity) return undefined;
    const channel: ClientChannel = {
      number: FIRST_CHANNEL + entry,
      peer: copyAddress(peer, peer.port),
      wanted: true,
      bound: false,
      requested: false,
      refreshAt: now,
      expiresAt: NEVER,
    };
    this.#index.set(entry, channel.peer, peer.port);
    this.#byNumber[entry] = channel;
    return channel;
  }

  /** Forgets the channel: its number and its peer may be bound anew. */
  remove(channel: ClientChannel): void {
    const entry = channel.number - FIRST_CHANNEL;
    this.#index.delete(entry);
    this.#byNumber[entry] = undefined;
    this.#free.push(entry);
  }

  *all(): IterableIterator<ClientChannel> {
    for (const channel of this.#byNumber) if (channel !== undefined) yield channel;
  }

  /** When one of them is to be refreshed, runs out, or has rested. */
  nextDeadline(): Instant {
    let next: Instant = NEVER;
    for (const channel of this.#byNumber) {
      if (channel === undefined) continue;
      if (channel.wanted && !channel.requested && channel.refreshAt < next) next = channel.refreshAt;
      const ends = channel.bound ? channel.expiresAt : channel.expiresAt + CHANNEL_REST_MS;
      if ((channel.bound || !channel.wanted) && ends < next) next = ends;
    }
    return next;
  }
}
