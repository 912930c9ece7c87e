/**
 * Steps through type-length-value records with padding to 4 bytes: the chunks of a packet (RFC 9260 3.2), the parameters
 * of a chunk (3.2.1) and the causes of an error (3.3.10). The length counts the 4 bytes of header and not the padding.
 * Reused; allocates nothing.
 *
 * ```
 * chunk      |     Type      |     Flags     |            Length             |  value ...
 * parameter  |             Type              |            Length             |  value ...
 * ```
 */
export class RecordWalk {
  /** Chunk type, 8 bits, or parameter type, 16 bits. */
  type = 0;
  /** Chunk flags; the low byte of the type for parameters. */
  flags = 0;
  /** Index of the record's first byte. */
  at = 0;
  /** Index of the value's first byte. */
  valueAt = 0;
  /** Bytes of the value, padding excluded. */
  valueLength = 0;
  /** Whether the records did not fill the range exactly. */
  malformed = false;
  #bytes: Uint8Array = EMPTY;
  #next = 0;
  #end = 0;
  #chunks = true;

  /** Starts on the chunks in `length` bytes of `bytes` at `offset`. */
  chunks(bytes: Uint8Array, offset: number, length: number): this {
    return this.#reset(bytes, offset, length, true);
  }

  /** Starts on parameters, or on error causes. */
  parameters(bytes: Uint8Array, offset: number, length: number): this {
    return this.#reset(bytes, offset, length, false);
  }

  /** Moves to the next record; false at the end, or where a length lies: then `malformed`. */
  next(): boolean {
    const left = this.#end - this.#next;
    if (left <= 0 || this.malformed) return false;
    const b = this.#bytes;
    const at = this.#next;
    // A tail shorter than a record header can only be padding that the record before did not need.
    const length = left < 4 ? 0 : (b[at + 2] << 8) | b[at + 3];
    if (length < 4 || length > left) {
      this.malformed = true;
      return false;
    }
    this.at = at;
    this.flags = b[at + 1];
    this.type = this.#chunks ? b[at] : (b[at] << 8) | b[at + 1];
    this.valueAt = at + 4;
    this.valueLength = length - 4;
    // The padding of the last record may be missing (RFC 9260 3.2.1: receivers do not rely on it).
    this.#next = at + ((length + 3) & ~3);
    return true;
  }

  #reset(bytes: Uint8Array, offset: number, length: number, chunks: boolean): this {
    this.#bytes = bytes;
    this.#next = offset;
    this.#end = offset + length;
    this.#chunks = chunks;
    this.malformed = false;
    return this;
  }
}

const EMPTY = new Uint8Array(0);
