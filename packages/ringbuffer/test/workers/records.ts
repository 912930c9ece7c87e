/**
 * Records that prove themselves: a number that counts up, a checksum, and a random row of words, all from one seed. Who
 * reads them draws the same numbers and compares.
 */

/** Words of the longest message: number, checksum, and up to 30 more. */
export const MOST_WORDS = 32;

export class RecordStream {
  readonly words = new Int32Array(MOST_WORDS);
  readonly bytes = new Uint8Array(this.words.buffer);
  /** Bytes of the record in `words`: not always whole words. */
  length = 0;
  #state: number;
  #number = 0;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  /** Makes the next record. */
  next(): void {
    const { words } = this;
    this.#number = (this.#number + 1) | 0;
    const random = this.#draw();
    const count = 2 + ((random >>> 3) % (MOST_WORDS - 2));
    let sum = this.#number;
    for (let i = 2; i < count; i++) {
      const word = Math.imul(random + i, 0x9e3779b1);
      words[i] = word;
      sum = (Math.imul(sum, 31) + word) | 0;
    }
    words[0] = this.#number;
    words[1] = sum;
    this.length = 4 * count - (count > 2 ? random & 3 : 0);
  }

  /** Whether `length` bytes of `view` at `offset` are the record that was made last. */
  is(view: DataView, bytes: Uint8Array, offset: number, length: number): boolean {
    if (length !== this.length) return false;
    const whole = length & ~3;
    let sum = this.words[0];
    for (let i = 0; i < whole; i += 4) {
      const word = view.getInt32(offset + i, true);
      if (word !== this.words[i >> 2]) return false;
      if (i >= 8) sum = (Math.imul(sum, 31) + word) | 0;
    }
    for (let i = whole; i < length; i++) if (bytes[offset + i] !== this.bytes[i]) return false;
    return length !== whole || sum === this.words[1];
  }

  #draw(): number {
    let s = this.#state;
    s ^= s << 13;
    s ^= s >>> 17;
    s ^= s << 5;
    this.#state = s;
    return s >>> 0;
  }
}
