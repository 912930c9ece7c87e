import { TransportAddress } from '@hawser/stun';
import { type Instant, NEVER } from '@hawser/wire';
import { AddressIndex } from '../address-index.ts';

/** Permission Lifetime (RFC 8656 9): "MUST be 300 seconds". */
export const PERMISSION_LIFETIME_MS = 300_000;

/** One peer address that the client wants to exchange data with (RFC 8656 9). */
export interface ClientPermission {
  readonly address: TransportAddress;
  /** Whether the server has it, as far as we know. */
  installed: boolean;
  /** A request that asks for it is on its way. */
  requested: boolean;
  /** It was refused together with others: ask for it alone, so that one bad address does not spoil the rest. */
  alone: boolean;
  /** When it is to be asked for (again). */
  refreshAt: Instant;
  /** When the server forgets it. */
  expiresAt: Instant;
}

/** The permissions of an allocation as its client keeps them: bounded, found by address without allocating. */
export class ClientPermissions {
  readonly #index: AddressIndex;
  readonly #entries: (ClientPermission | undefined)[] = [];
  readonly #capacity: number;
  #free: number[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#index = new AddressIndex(capacity);
  }

  get size(): number {
    return this.#entries.length - this.#free.length;
  }

  find(peer: Readonly<TransportAddress>): ClientPermission | undefined {
    const entry = this.#index.find(peer, 0);
    return entry < 0 ? undefined : this.#entries[entry];
  }

  /** Adds the address of `peer`, which must not be there; `undefined` when there is no room. */
  add(now: Instant, peer: Readonly<TransportAddress>): ClientPermission | undefined {
    if (this.size === this.#capacity) return undefined;
    const entry = this.#free.pop() ?? this.#entries.length;
    const address = copyAddress(peer, 0);
    this.#index.set(entry, address, 0);
    const permission: ClientPermission = {
      address,
      installed: false,
      requested: false,
      alone: false,
      refreshAt: now,
      expiresAt: NEVER,
    };
    this.#entries[entry] = permission;
    return permission;
  }

  remove(permission: ClientPermission): void {
    const entry = this.#entries.indexOf(permission);
    if (entry < 0) return;
    this.#index.delete(entry);
    this.#entries[entry] = undefined;
    this.#free.push(entry);
  }

  *all(): IterableIterator<ClientPermission> {
    for (const permission of this.#entries) if (permission !== undefined) yield permission;
  }

  /** When one of them is to be refreshed, or runs out. */
  nextDeadline(): Instant {
    let next: Instant = NEVER;
    for (const permission of this.#entries) {
      if (permission === undefined) continue;
      if (!permission.requested && permission.refreshAt < next) next = permission.refreshAt;
      if (permission.installed && permission.expiresAt < next) next = permission.expiresAt;
    }
    return next;
  }
}

export function copyAddress(from: Readonly<TransportAddress>, port: number): TransportAddress {
  const copy = new TransportAddress();
  copy.bytes.set(from.bytes);
  copy.length = from.length;
  copy.port = port;
  return copy;
}
