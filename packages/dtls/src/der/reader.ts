/**
 * Walks DER (X.690) in borrowed bytes. Sticky like `Cursor`: the first thing that is not as asked sets `failed`, and the
 * parser checks once at the end. Nothing is copied; values are told by `start` and `end`.
 */
export class DerReader {
  readonly bytes: Uint8Array;
  failed = false;
  /** Where the contents of the value last read begin and end. */
  start = 0;
  end = 0;
  #position: number;
  #limit: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#position = 0;
    this.#limit = bytes.length;
  }

  /** Bytes left in the value that was entered. */
  get remaining(): number {
    return this.failed ? 0 : this.#limit - this.#position;
  }

  /** The tag of the next value; -1 at the end. */
  peek(): number {
    return this.remaining > 0 ? this.bytes[this.#position] : -1;
  }

  /** Passes over a value of `tag`; its contents are `start` to `end`. */
  read(tag: number): void {
    if (this.peek() !== tag) this.failed = true;
    if (this.failed) return;
    let at = this.#position + 1;
    let length = at < this.#limit ? this.bytes[at++] : -1;
    if (length >= 0x80) {
      // Definite lengths only, at most 64 KiB, in the shortest form (X.690 10.1).
      const count = length & 0x7f;
      length = count === 1 || count === 2 ? 0 : -1;
      for (let i = 0; i < count && length >= 0; i++) length = at < this.#limit ? length * 256 + this.bytes[at++] : -1;
      if (length < (count === 1 ? 0x80 : 0x100)) length = -1;
    }
    if (length < 0 || length > this.#limit - at) {
      this.failed = true;
      return;
    }
    this.start = at;
    this.end = at + length;
    this.#position = this.end;
  }

  /** Steps into a value of `tag`: what follows is read from its contents, up to their end. */
  enter(tag: number): void {
    this.read(tag);
    if (this.failed) return;
    this.#position = this.start;
    this.#limit = this.end;
  }

  /** Whether the value last read has exactly these contents. */
  contentsAre(expected: Uint8Array): boolean {
    if (this.failed || this.end - this.start !== expected.length) return false;
    for (let i = 0; i < expected.length; i++) if (this.bytes[this.start + i] !== expected[i]) return false;
    return true;
  }
}
