import { WireError } from './errors.ts';

/**
 * Where the entry with a certain key is, among the caller's entries 0 to capacity - 1: open addressing with linear probing
 * over typed arrays. The caller keeps the keys, hashes and compares them; so one index serves keys of any shape, and a look
 * costs a hash and, but for collisions, one comparison, and allocates nothing. At most half full: a probe ends soon.
 *
 * ```ts
 * for (let entry = index.first(hash); entry >= 0; entry = index.next()) if (isKeyOf(entry)) return entry;
 * ```
 *
 * Whoever lets strangers choose keys, and would mind a slow look, seeds the hash.
 */
export class HashIndex {
  readonly #hashes: Int32Array;
  readonly #slots: Int32Array;
  readonly #mask: number;
  #wanted = 0;
  #at = 0;

  /**
   * @param capacity entries, 1 to 2^24
   * @throws WireError `out-of-range`
   */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 2 ** 24) {
      throw new WireError('out-of-range', `an index of ${capacity} entries`);
    }
    let size = 4;
    while (size < 2 * capacity) size *= 2;
    this.#hashes = new Int32Array(capacity);
    this.#slots = new Int32Array(size).fill(NO_ENTRY);
    this.#mask = size - 1;
  }

  /** The first entry that was added with this hash, or -1: one whose key is to be compared. */
  first(hash: number): number {
    this.#wanted = hash | 0;
    return this.#from(hash & this.#mask);
  }

  /** The next one with the hash that `first` was asked for last, or -1. Nothing may be added or deleted in between. */
  next(): number {
    return this.#from((this.#at + 1) & this.#mask);
  }

  /**
   * Puts `entry` under `hash`, of which 32 bits count.
   *
   * @param entry 0 to capacity - 1, and not in the index
   */
  add(entry: number, hash: number): void {
    this.#hashes[entry] = hash;
    let slot = hash & this.#mask;
    while (this.#slots[slot] !== NO_ENTRY) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = entry;
  }

  /** Takes `entry`, which is in the index, out of it. */
  delete(entry: number): void {
    let hole = this.#hashes[entry] & this.#mask;
    while (this.#slots[hole] !== entry) hole = (hole + 1) & this.#mask;
    // Entries behind the hole move up unless they would then lie before their home: no tombstones, probes stay short.
    for (let slot = (hole + 1) & this.#mask; this.#slots[slot] !== NO_ENTRY; slot = (slot + 1) & this.#mask) {
      const home = this.#hashes[this.#slots[slot]] & this.#mask;
      if (((slot - home) & this.#mask) >= ((slot - hole) & this.#mask)) {
        this.#slots[hole] = this.#slots[slot];
        hole = slot;
      }
    }
    this.#slots[hole] = NO_ENTRY;
  }

  #from(at: number): number {
    const wanted = this.#wanted;
    for (let slot = at; ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot];
      if (entry === NO_ENTRY || this.#hashes[entry] === wanted) {
        this.#at = slot;
        return entry;
      }
    }
  }
}

const NO_ENTRY = -1;
