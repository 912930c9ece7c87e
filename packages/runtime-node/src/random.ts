import { randomFillSync } from 'node:crypto';
import type { Jitter, SecureRandom } from '@hawser/wire';

/** One call of `randomFillSync` costs about 2 µs whatever its size: bytes are drawn in blocks. */
const BLOCK_BYTES = 4096;

/** Unpredictable bytes from the operating system. Every byte of the block is given out once and then wiped. */
export class NodeSecureRandom implements SecureRandom {
  readonly #block = new Uint8Array(BLOCK_BYTES);
  #used = BLOCK_BYTES;

  fillSecure(out: Uint8Array, offset: number, length: number): void {
    if (length > BLOCK_BYTES) {
      randomFillSync(out, offset, length);
      return;
    }
    if (this.#used + length > BLOCK_BYTES) {
      randomFillSync(this.#block);
      this.#used = 0;
    }
    for (let i = 0; i < length; i++) {
      out[offset + i] = this.#block[this.#used + i];
      this.#block[this.#used + i] = 0;
    }
    this.#used += length;
  }
}

/** Spacing and back-off only. */
export const nodeJitter: Jitter = { nextUnit: () => Math.random() };
