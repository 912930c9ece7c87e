import { TRANSACTION_ID_BYTES } from './header.ts';

/**
 * Where a transaction id is: open addressing with linear probing over typed arrays, so that looking up a peer's bytes
 * costs a hash and a comparison and allocates nothing. At most half full, so a probe ends soon; ids are our own
 * unpredictable ones, so nobody can make them collide.
 */
export class TransactionIndex {
  readonly #ids: Uint8Array;
  readonly #slots: Int32Array;
  readonly #mask: number;

  /** @param capacity entries 0 to capacity - 1 */
  constructor(capacity: number) {
    let size = 4;
    while (size < 2 * capacity) size *= 2;
    this.#ids = new Uint8Array(capacity * TRANSACTION_ID_BYTES);
    this.#slots = new Int32Array(size).fill(EMPTY);
    this.#mask = size - 1;
  }

  /** The entry with this id, or -1. The 12 bytes must be there. */
  find(id: Uint8Array, at: number): number {
    for (let slot = hash(id, at) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot];
      if (entry === EMPTY || this.#equals(entry, id, at)) return entry;
    }
  }

  /** Gives `entry` an id that no other has. */
  set(entry: number, id: Uint8Array, at: number): void {
    const to = entry * TRANSACTION_ID_BYTES;
    for (let i = 0; i < TRANSACTION_ID_BYTES; i++) this.#ids[to + i] = id[at + i];
    let slot = hash(id, at) & this.#mask;
    while (this.#slots[slot] !== EMPTY) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = entry;
  }

  /** Takes the id of `entry` out of the index; `copyId` still knows it until the entry gets another. */
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

  /** Writes the 12 bytes of the id that `entry` has, or had last. */
  copyId(entry: number, out: Uint8Array, outOffset: number): void {
    const from = entry * TRANSACTION_ID_BYTES;
    for (let i = 0; i < TRANSACTION_ID_BYTES; i++) out[outOffset + i] = this.#ids[from + i];
  }

  #home(entry: number): number {
    return hash(this.#ids, entry * TRANSACTION_ID_BYTES) & this.#mask;
  }

  #equals(entry: number, id: Uint8Array, at: number): boolean {
    const own = entry * TRANSACTION_ID_BYTES;
    for (let i = 0; i < TRANSACTION_ID_BYTES; i++) if (this.#ids[own + i] !== id[at + i]) return false;
    return true;
  }
}

/** FNV-1a over the 12 bytes. */
function hash(id: Uint8Array, at: number): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < TRANSACTION_ID_BYTES; i++) h = Math.imul(h ^ id[at + i], 0x01000193);
  return h ^ (h >>> 15);
}

const EMPTY = -1;
