/**
 * Writes network-order integers into the caller's memory. Sticky: a write past the capacity sets `failed` and is dropped,
 * and the builder checks once at the end. Lengths that are known late are reserved and patched.
 */
export class Writer {
  /** The memory written to. The caller's. */
  buffer: Uint8Array = EMPTY;
  /** Index in `buffer` of the next byte. */
  position = 0;
  /** Whether a write did not fit since the last `reset`. */
  failed = false;
  #start = 0;
  #end = 0;

  /** Starts at `offset` with room for `capacity` bytes; a range outside `buffer` fails every write. */
  reset(buffer: Uint8Array, offset: number, capacity: number): this {
    this.buffer = buffer;
    this.position = offset;
    this.failed = offset < 0 || capacity < 0 || offset + capacity > buffer.length;
    this.#start = offset;
    this.#end = this.failed ? offset : offset + capacity;
    return this;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.position - this.#start;
  }

  /** Bytes that still fit. */
  get remaining(): number {
    return this.#end - this.position;
  }

  u8(value: number): void {
    const at = this.reserve(1);
    if (at >= 0) this.buffer[at] = value;
  }

  u16(value: number): void {
    const at = this.reserve(2);
    if (at >= 0) this.patchU16(at, value);
  }

  u24(value: number): void {
    const at = this.reserve(3);
    if (at >= 0) this.patchU24(at, value);
  }

  u32(value: number): void {
    const at = this.reserve(4);
    if (at >= 0) this.patchU32(at, value);
  }

  /** Copies `length` bytes of `source` at `offset`. */
  bytes(source: Uint8Array, offset: number, length: number): void {
    const at = this.reserve(length);
    if (at < 0) return;
    const buffer = this.buffer;
    // Below about 64 bytes a loop beats `set`, which needs a view object for every call.
    if (length < 64) for (let i = 0; i < length; i++) buffer[at + i] = source[offset + i];
    else buffer.set(offset === 0 && length === source.length ? source : source.subarray(offset, offset + length), at);
  }

  /** Writes `n` zero bytes. */
  zeros(n: number): void {
    const at = this.reserve(n);
    if (at >= 0) this.buffer.fill(0, at, at + n);
  }

  /** Leaves `n` bytes as they are, to be patched; returns the index in `buffer` of the first, or -1 when they do not fit. */
  reserve(n: number): number {
    const at = this.position;
    if (n < 0 || n > this.#end - at || this.failed) {
      this.failed = true;
      return -1;
    }
    this.position = at + n;
    return at;
  }

  /** Overwrites two bytes at `at`, an index that `reserve` returned. */
  patchU16(at: number, value: number): void {
    if (at < 0) return;
    this.buffer[at] = value >>> 8;
    this.buffer[at + 1] = value;
  }

  patchU24(at: number, value: number): void {
    if (at < 0) return;
    this.buffer[at] = value >>> 16;
    this.buffer[at + 1] = value >>> 8;
    this.buffer[at + 2] = value;
  }

  patchU32(at: number, value: number): void {
    if (at < 0) return;
    this.buffer[at] = value >>> 24;
    this.buffer[at + 1] = value >>> 16;
    this.buffer[at + 2] = value >>> 8;
    this.buffer[at + 3] = value;
  }

  /** Bytes written, or -1 when something did not fit. */
  finish(): number {
    return this.failed ? -1 : this.length;
  }
}

const EMPTY = new Uint8Array(0);
