import type { TransportAddress } from '@hawser/stun';
import { TurnError } from './errors.ts';

/**
 * Where an address is: open addressing over typed arrays, so that looking one up costs a hash and a comparison and
 * allocates nothing. At most half full. Entries are the caller's: 0 to capacity - 1.
 */
export class AddressIndex {
  readonly #keys: Uint8Array;
  readonly #slots: Int32Array;
  readonly #mask: number;

  constructor(capacity: number) {
    let size = 4;
    while (size < 2 * capacity) size *= 2;
    this.#keys = new Uint8Array(capacity * KEY_BYTES);
    this.#slots = new Int32Array(size).fill(EMPTY);
    this.#mask = size - 1;
  }

  /** The entry of this address and port, or -1. A permission is kept under port 0: it is for the address alone. */
  find(address: Readonly<TransportAddress>, port: number): number {
    for (let slot = hash(address, port) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot];
      if (entry === EMPTY || this.#equals(entry, address, port)) return entry;
    }
  }

  /** Gives `entry` an address that no other has. */
  set(entry: number, address: Readonly<TransportAddress>, port: number): void {
    if (this.find(address, port) !== EMPTY) throw new TurnError('bad-peer', 'the address has an entry already');
    const at = entry * KEY_BYTES;
    this.#keys[at] = address.length;
    this.#keys[at + 1] = port >>> 8;
    this.#keys[at + 2] = port;
    for (let i = 0; i < 16; i++) this.#keys[at + 3 + i] = i < address.length ? address.bytes[i] : 0;
    let slot = hash(address, port) & this.#mask;
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = entry;
  }

  /** Takes the address of `entry` out. */
  delete(entry: number): void {
    let hole = this.#home(entry);
    while (this.#slots[hole] !== entry) hole = (hole + 1) & this.#mask;
    // Entries behind the hole move up unless they would then lie before their home: no tombstones, probes stay short.
    for (let slot = (hole + 1) & this.#mask; this.#slots[slot] !== EMPTY; slot = (slot + 1) & this.#mask) {
      const distanceFromHome = (slot - this.#home(this.#slots[slot])) & this.#mask;
      if (distanceFromHome >= ((slot - hole) & this.#mask)) {
        this.#slots[hole] = this.#slots[slot];
        hole = slot;
      }
    }
    this.#slots[hole] = EMPTY;
  }

  #home(entry: number): number {
    const at = entry * KEY_BYTES;
    let hash = (this.#keys[at + 1] << 8) | this.#keys[at + 2];
    for (let i = 0; i < this.#keys[at]; i++) hash = Math.imul(hash ^ this.#keys[at + 3 + i], PRIME);
    return (hash ^ (hash >>> 15)) & this.#mask;
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
const EMPTY = -1;
/** FNV's. */
const PRIME = 0x01000193;
