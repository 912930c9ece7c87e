import { compress } from './sha1-compress.ts';

/** Bytes of a SHA-1 digest. */
export const SHA1_BYTES = 20;

/** Bytes of a SHA-1 block. */
export const SHA1_BLOCK_BYTES = 64;

/**
 * SHA-1 (RFC 3174), incremental, for the short inputs of STUN: below about 600 bytes it costs less than a call into the
 * platform's cryptography, and it allocates nothing after construction.
 *
 * Broken against collisions; use it only where a protocol demands it (as HMAC, which does not rest on them).
 */
export class Sha1 {
  readonly #state = new Int32Array(5);
  readonly #block = new Uint8Array(SHA1_BLOCK_BYTES);
  /** The same memory as `#block`: zeros are written four bytes at a time. */
  readonly #blockWords = new Int32Array(this.#block.buffer);
  #blockLength = 0;
  #totalBytes = 0;

  constructor() {
    this.reset();
  }

  /** Forgets all input. */
  reset(): this {
    copyState(INITIAL, this.#state);
    this.#blockLength = 0;
    this.#totalBytes = 0;
    return this;
  }

  /**
   * Continues from a state that {@link saveState} stored.
   *
   * @param hashedBytes input bytes that the state stands for, a multiple of 64
   */
  restoreState(state: Int32Array, hashedBytes: number): this {
    copyState(state, this.#state);
    this.#blockLength = 0;
    this.#totalBytes = hashedBytes;
    return this;
  }

  /** Copies the five words of the chaining state into `out`. Means something only when whole blocks have been given. */
  saveState(out: Int32Array): void {
    copyState(this.#state, out);
  }

  /** Adds `length` bytes of `bytes` at `offset`. The range must lie inside `bytes`; borrowed for the call. */
  update(bytes: Uint8Array, offset: number, length: number): this {
    const block = this.#block;
    const end = offset + length;
    let at = offset;
    let filled = this.#blockLength;
    this.#totalBytes += length;
    if (filled > 0) {
      while (at < end && filled < SHA1_BLOCK_BYTES) block[filled++] = bytes[at++];
      if (filled === SHA1_BLOCK_BYTES) {
        compress(this.#state, block, 0);
        filled = 0;
      }
    }
    for (; at + SHA1_BLOCK_BYTES <= end; at += SHA1_BLOCK_BYTES) compress(this.#state, bytes, at);
    while (at < end) block[filled++] = bytes[at++];
    this.#blockLength = filled;
    return this;
  }

  /** Writes the 20 bytes of the digest into `out` at `outOffset`. Afterwards only `reset` and `restoreState` make sense. */
  digestInto(out: Uint8Array, outOffset: number): void {
    const block = this.#block;
    const state = this.#state;
    // RFC 3174 4: a one bit, zeros, and the length of the message in bits as 64 bits.
    block[this.#blockLength] = 0x80;
    this.#zeroFrom(this.#blockLength + 1);
    if (this.#blockLength >= LENGTH_AT) {
      compress(state, block, 0);
      this.#zeroFrom(0);
    }
    putU32(block, LENGTH_AT, Math.floor(this.#totalBytes / 0x20000000));
    putU32(block, LENGTH_AT + 4, this.#totalBytes << 3);
    compress(state, block, 0);
    for (let word = 0; word < 5; word++) putU32(out, outOffset + 4 * word, state[word]);
  }

  /** Zeros to the end of the block. A loop of words: `fill` on 64 bytes costs more than it does. */
  #zeroFrom(from: number): void {
    let at = from;
    while ((at & 3) !== 0) this.#block[at++] = 0;
    for (let word = at >>> 2; word < SHA1_BLOCK_BYTES / 4; word++) this.#blockWords[word] = 0;
  }
}

/** Five words: `set` of an array of this size is a call that costs more than they do. */
function copyState(from: Int32Array, into: Int32Array): void {
  for (let word = 0; word < 5; word++) into[word] = from[word];
}

function putU32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

/** Where the length of the message stands in its last block. */
const LENGTH_AT = SHA1_BLOCK_BYTES - 8;

const INITIAL = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
