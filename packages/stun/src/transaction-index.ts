import { HashIndex } from '@hawser/wire';
import { TRANSACTION_ID_BYTES } from './header.ts';

/**
 * Where a transaction id is: looking up a peer's bytes costs a hash and a comparison and allocates nothing. Ids are our own
 * unpredictable ones, so nobody can make them collide.
 */
export class TransactionIndex {
  readonly #ids: Uint8Array;
  readonly #index: HashIndex;

  /** @param capacity entries 0 to capacity - 1 */
  constructor(capacity: number) {
    this.#ids = new Uint8Array(capacity * TRANSACTION_ID_BYTES);
    this.#index = new HashIndex(capacity);
  }

  /** The entry with this id, or -1. The 12 bytes must be there. */
  find(id: Uint8Array, at: number): number {
    const index = this.#index;
    let entry = index.first(hash(id, at));
    while (entry >= 0 && !this.#equals(entry, id, at)) entry = index.next();
    return entry;
  }

  /** Gives `entry` an id that no other has. */
  set(entry: number, id: Uint8Array, at: number): void {
    const to = entry * TRANSACTION_ID_BYTES;
    for (let i = 0; i < TRANSACTION_ID_BYTES; i++) this.#ids[to + i] = id[at + i];
    this.#index.add(entry, hash(id, at));
  }

  /** Takes the id of `entry` out of the index; `copyId` still knows it until the entry gets another. */
  delete(entry: number): void {
    this.#index.delete(entry);
  }

  /** Writes the 12 bytes of the id that `entry` has, or had last. */
  copyId(entry: number, out: Uint8Array, outOffset: number): void {
    const from = entry * TRANSACTION_ID_BYTES;
    for (let i = 0; i < TRANSACTION_ID_BYTES; i++) out[outOffset + i] = this.#ids[from + i];
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
