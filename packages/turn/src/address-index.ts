import type { TransportAddress } from '@hawser/stun';
import { HashIndex } from '@hawser/wire';
import { TurnError } from './errors.ts';

/**
 * Where an address is: looking one up costs a hash and a comparison and allocates nothing. Entries are the caller's: 0 to
 * capacity - 1. Addresses are the application's, so nobody else can make them collide.
 */
export class AddressIndex {
  readonly #keys: Uint8Array;
  readonly #index: HashIndex;

  constructor(capacity: number) {
    this.#keys = new Uint8Array(capacity * KEY_BYTES);
    this.#index = new HashIndex(capacity);
  }

  /** The entry of this address and port, or -1. A permission is kept under port 0: it is for the address alone. */
  find(address: Readonly<TransportAddress>, port: number): number {
    const index = this.#index;
    let entry = index.first(hash(address, port));
    while (entry >= 0 && !this.#equals(entry, address, port)) entry = index.next();
    return entry;
  }

  /** Gives `entry` an address that no other has. */
  set(entry: number, address: Readonly<TransportAddress>, port: number): void {
    if (this.find(address, port) >= 0) throw new TurnError('bad-peer', 'the address has an entry already');
    const at = entry * KEY_BYTES;
    this.#keys[at] = address.length;
    this.#keys[at + 1] = port >>> 8;
    this.#keys[at + 2] = port;
    for (let i = 0; i < address.length; i++) this.#keys[at + 3 + i] = address.bytes[i];
    this.#index.add(entry, hash(address, port));
  }

  /** Takes the address of `entry` out. */
  delete(entry: number): void {
    this.#index.delete(entry);
  }

  #equals(entry: number, address: Readonly<TransportAddress>, port: number): boolean {
    const at = entry * KEY_BYTES;
    const keys = this.#keys;
    if (keys[at] !== address.length || ((keys[at + 1] << 8) | keys[at + 2]) !== port) return false;
    for (let i = 0; i < address.length; i++) if (keys[at + 3 + i] !== address.bytes[i]) return false;
    return true;
  }
}

function hash(address: Readonly<TransportAddress>, port: number): number {
  let hash = port;
  for (let i = 0; i < address.length; i++) hash = Math.imul(hash ^ address.bytes[i], PRIME);
  return hash ^ (hash >>> 15);
}

/** Length, port, 16 bytes of address. */
const KEY_BYTES = 19;
/** FNV's. */
const PRIME = 0x01000193;
