/** Follows 16-bit numbers that wrap: which came, which came twice, which are missing in between. */
export class Sequence {
  duplicated = 0;
  readonly #seen = new Set<number>();
  #first = 0;
  #highest = 0;

  get received(): number {
    return this.#seen.size;
  }

  get missing(): number {
    return this.#seen.size === 0 ? 0 : this.#highest - this.#first + 1 - this.#seen.size;
  }

  add(number: number): void {
    if (this.#seen.size === 0) this.#first = this.#highest = number;
    const extended = this.#highest + (((number - this.#highest) << 16) >> 16);
    if (this.#seen.has(extended)) this.duplicated++;
    this.#seen.add(extended);
    this.#highest = Math.max(this.#highest, extended);
    this.#first = Math.min(this.#first, extended);
  }
}
