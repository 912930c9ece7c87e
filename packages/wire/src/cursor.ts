/**
 * Reads network-order integers from borrowed bytes. Sticky: the first read past the end sets `failed`, every later read
 * answers 0, and the parser checks once at the end. One cursor is reused for many datagrams; reading allocates nothing.
 */
export class Cursor {
  /** The bytes being read. Borrowed. */
  bytes: Uint8Array = EMPTY;
  /** Index in `bytes` of the next unread byte. */
  position = 0;
  /** Index in `bytes` just past the last readable byte. */
  end = 0;
  /** Whether a read went past the end since the last `reset`. */
  failed = false;

  /** Starts on `length` bytes of `bytes` at `offset`; a range outside `bytes` is a failed, empty cursor. */
  reset(bytes: Uint8Array, offset: number, length: number): this {
    this.bytes = bytes;
    this.position = offset;
    this.end = offset + length;
    this.failed = offset < 0 || length < 0 || offset + length > bytes.length;
    if (this.failed) this.end = this.position;
    return this;
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.end - this.position;
  }

  u8(): number {
    const at = this.take(1);
    return at < 0 ? 0 : this.bytes[at];
  }

  u16(): number {
    const at = this.take(2);
    return at < 0 ? 0 : (this.bytes[at] << 8) | this.bytes[at + 1];
  }

  u24(): number {
    const at = this.take(3);
    return at < 0 ? 0 : (this.bytes[at] << 16) | (this.bytes[at + 1] << 8) | this.bytes[at + 2];
  }

  u32(): number {
    const at = this.take(4);
    if (at < 0) return 0;
    const b = this.bytes;
    return ((b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]) >>> 0;
  }

  /** Passes over `n` bytes. */
  skip(n: number): void {
    this.take(n);
  }

  /** Passes over `n` bytes and returns the index in `bytes` of the first, or -1 when there are fewer: then `failed`. */
  take(n: number): number {
    const at = this.position;
    if (n < 0 || n > this.end - at || this.failed) {
      this.failed = true;
      this.position = this.end;
      return -1;
    }
    this.position = at + n;
    return at;
  }
}

const EMPTY = new Uint8Array(0);
