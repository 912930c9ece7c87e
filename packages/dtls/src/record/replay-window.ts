import { Verdict } from '@hawser/wire';

/**
 * Anti-replay window, RFC 6347 4.1.2.6: which of the latest record numbers have been seen. `check` before the
 * cryptography, `mark` only after the record proved authentic: a forged number must not move the window.
 *
 * A ring of 32-bit words, at least one more than the window needs, so that the oldest numbers of the window never share a word
 * with the newest. Numbers are 48 bits, exact in a double; the ring has a power of two of words, so that the low 32 bits of a
 * number, which are what the bit operators look at, tell its place.
 */
export class ReplayWindow {
  readonly #size: number;
  readonly #words: Uint32Array;
  readonly #mask: number;
  #highest = -1;

  /** @param size numbers that the window spans, at least 1 */
  constructor(size: number) {
    this.#size = size;
    const words = 2 ** Math.ceil(Math.log2(Math.ceil(size / 32) + 1));
    this.#words = new Uint32Array(words);
    this.#mask = words - 1;
  }

  /** The highest number marked; -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** `consumed` if `number` may be taken, `replayed` if it was marked, `tooOld` if it is left of the window. */
  check(number: number): Verdict {
    if (number > this.#highest) return Verdict.consumed;
    if (number <= this.#highest - this.#size) return Verdict.tooOld;
    const word = this.#words[(number >>> 5) & this.#mask];
    return (word & (1 << (number & 31))) === 0 ? Verdict.consumed : Verdict.replayed;
  }

  /** Notes that `number` was received; `check` must have answered `consumed`. */
  mark(number: number): void {
    const words = this.#words;
    const mask = this.#mask;
    if (number > this.#highest) {
      const block = Math.floor(number / 32);
      const highestBlock = Math.floor(this.#highest / 32);
      // At most one turn of the ring, however far the jump.
      const stale = Math.min(block - highestBlock, words.length);
      for (let i = 0; i < stale; i++) words[(block - i) & mask] = 0;
      this.#highest = number;
    }
    words[(number >>> 5) & mask] |= 1 << (number & 31);
  }
}
