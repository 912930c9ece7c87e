import { Verdict } from '@hawser/wire';

/**
 * Which of the last `size` packet indices were seen (RFC 3711 3.3.2). A ring of bits addressed by the low bits of the
 * index: moving ahead clears, marking sets.
 *
 * `check` before the cryptography, `mark` after it: a forged packet changes nothing.
 */
export class ReplayWindow {
  readonly #size: number;
  readonly #bits: Int32Array;
  #highest = -1;

  /** @param size a power of two, 64 to 65 536 */
  constructor(size: number) {
    this.#size = size;
    this.#bits = new Int32Array(size >>> 5);
  }

  /** The highest index marked, or -1. */
  get highest(): number {
    return this.#highest;
  }

  /** Continues just before `next`: everything before it counts as seen. */
  startAt(next: number): void {
    this.#bits.fill(-1);
    this.#highest = next - 1;
  }

  /** `consumed` for an index not seen, `replayed` for one seen, `tooOld` for one that fell out of the window. */
  check(index: number): Verdict {
    const behind = this.#highest - index;
    if (behind < 0) return Verdict.consumed;
    if (behind >= this.#size) return Verdict.tooOld;
    const bit = index % this.#size;
    return (this.#bits[bit >>> 5] & (1 << (bit & 31))) === 0 ? Verdict.consumed : Verdict.replayed;
  }

  /** Marks an index that `check` accepted and that is authentic. */
  mark(index: number): void {
    if (index > this.#highest) this.#advance(index);
    const bit = index % this.#size;
    this.#bits[bit >>> 5] |= 1 << (bit & 31);
  }

  #advance(index: number): void {
    if (index - this.#highest >= this.#size) {
      this.#bits.fill(0);
    } else {
      const mask = this.#size - 1;
      const end = index % this.#size;
      let bit = (this.#highest + 1) % this.#size;
      while (bit !== end) {
        // A whole word of the ring at once where the range covers one.
        if ((bit & 31) === 0 && ((end - bit) & mask) >= 32) {
          this.#bits[bit >>> 5] = 0;
          bit = (bit + 32) & mask;
        } else {
          this.#bits[bit >>> 5] &= ~(1 << (bit & 31));
          bit = (bit + 1) & mask;
        }
      }
      this.#bits[end >>> 5] &= ~(1 << (end & 31));
    }
    this.#highest = index;
  }
}
