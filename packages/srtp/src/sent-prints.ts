/**
 * What the tags of the last packets sealed were, by index: the same index with the same bytes gives the same tag, with other
 * bytes another. So a packet may be sealed again, and a keystream is never used for two (RFC 3711 9.1). A ring addressed by the
 * low bits of the index, which a newer packet overwrites.
 */
export class SentPrints {
  readonly #mask: number;
  /** Index and 64 bits of the tag: three words each. Of the index the lower 32 bits: windows are far shorter. */
  readonly #words: Int32Array;

  /** @param size a power of two */
  constructor(size: number) {
    this.#mask = size - 1;
    // Every place starts with an index that does not belong there.
    this.#words = new Int32Array(3 * size).map((_, i) => (i % 3 === 0 ? i / 3 + 1 : 0));
  }

  put(index: number, print0: number, print1: number): void {
    const at = 3 * (index & this.#mask);
    this.#words[at] = index | 0;
    this.#words[at + 1] = print0;
    this.#words[at + 2] = print1;
  }

  /** Whether the packet sealed under `index` is remembered. */
  knows(index: number): boolean {
    return this.#words[3 * (index & this.#mask)] === (index | 0);
  }

  /** Whether what is remembered of `index`, which `knows` has confirmed, is this. */
  isSame(index: number, print0: number, print1: number): boolean {
    const at = 3 * (index & this.#mask);
    return ((this.#words[at + 1] ^ print0) | (this.#words[at + 2] ^ print1)) === 0;
  }
}
