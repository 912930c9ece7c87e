/**
 * Lends datagrams to machines in the least comfortable legal way: at an odd offset of a larger buffer, with other bytes
 * around, and overwritten as soon as the call is over. A machine that reads outside its range, or keeps borrowed bytes,
 * gets garbage and the test that watches it turns red.
 */
export class ReceiveBuffer {
  #buffer = new Uint8Array(4096);
  #offset = 1;

  /** Lends a copy of `bytes` for the duration of `use`. */
  lend<R>(bytes: Uint8Array, use: (buffer: Uint8Array, offset: number, length: number) => R): R {
    const { length } = bytes;
    if (length + 64 > this.#buffer.length) this.#buffer = new Uint8Array(2 * length + 64).fill(GARBAGE);
    this.#offset = (this.#offset + 2) % 32;
    const buffer = this.#buffer;
    const offset = this.#offset;
    buffer.set(bytes, offset);
    try {
      return use(buffer, offset, length);
    } finally {
      buffer.fill(GARBAGE, offset, offset + length);
    }
  }
}

const GARBAGE = 0xa5;
