import { compress } from './sha1-compress.ts';

/** Bytes of a SHA-1 digest. */
export const SHA1_BYTES = 20;

/** Bytes of a SHA-1 block. */
export const SHA1_BLOCK_BYTES = 64;

/**
 * SHA-1 (RFC 3174), incremental, for the short inputs of STUN: below about 1000 bytes it costs less than a call into the
 * platform's cryptography (as HMAC, 2000), and it allocates nothing after construction.
 *
 * Broken against collisions; use it only where a protocol demands it (as HMAC, which does not rest on them).
 */
export class Sha1 {
  readonly #state = new Int32Array(5);
  readonly #block = new Uint8Array(SHA1_BLOCK_BYTES);
  /** The same memory as `#block`, to be written four bytes at a time. */
  readonly #blockWords = new DataView(this.#block.buffer);
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
      const taken = Math.min(SHA1_BLOCK_BYTES - filled, length);
      copyBytes(bytes, at, block, filled, taken);
      at += taken;
      filled += taken;
      if (filled === SHA1_BLOCK_BYTES) {
        compress(this.#state, block, 0);
        filled = 0;
      }
    }
    for (; at + SHA1_BLOCK_BYTES <= end; at += SHA1_BLOCK_BYTES) compress(this.#state, bytes, at);
    copyBytes(bytes, at, block, filled, end - at);
    this.#blockLength = filled + end - at;
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
    this.#blockWords.setInt32(LENGTH_AT, this.#totalBytes / 0x20000000);
    this.#blockWords.setInt32(LENGTH_AT + 4, this.#totalBytes << 3);
    compress(state, block, 0);
    putState(state, out, outOffset);
  }

  /** Zeros to the end of the block. A loop of words: `fill` on 64 bytes costs more than it does. */
  #zeroFrom(from: number): void {
    let at = from;
    while ((at & 3) !== 0) this.#block[at++] = 0;
    for (; at < SHA1_BLOCK_BYTES; at += 4) this.#blockWords.setInt32(at, 0);
  }
}

/** Five words: `set` of an array of this size is a call that costs more than they do. */
export function copyState(from: Int32Array, into: Int32Array): void {
  for (let word = 0; word < 5; word++) into[word] = from[word];
}

/** Writes the digest: the five words of the state, most significant byte first (RFC 3174 6.1). */
export function putState(state: Int32Array, out: Uint8Array, outOffset: number): void {
  for (let word = 0, at = outOffset; word < 5; word++, at += 4) {
    const value = state[word];
    out[at] = value >>> 24;
    out[at + 1] = value >>> 16;
    out[at + 2] = value >>> 8;
    out[at + 3] = value;
  }
}

/** Less than a block, four bytes at a time: half the time of one by one, and no view as `set` would need. */
function copyBytes(from: Uint8Array, fromAt: number, into: Uint8Array, intoAt: number, length: number): void {
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const source = fromAt + i;
    const target = intoAt + i;
    into[target] = from[source];
    into[target + 1] = from[source + 1];
    into[target + 2] = from[source + 2];
    into[target + 3] = from[source + 3];
  }
  for (; i < length; i++) into[intoAt + i] = from[fromAt + i];
}

/** Where the length of the message stands in its last block. */
const LENGTH_AT = SHA1_BLOCK_BYTES - 8;

const INITIAL = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
