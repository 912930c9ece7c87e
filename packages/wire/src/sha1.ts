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
  #blockLength = 0;
  #totalBytes = 0;

  constructor() {
    this.reset();
  }

  /** Forgets all input. */
  reset(): this {
    this.#state.set(INITIAL);
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
    this.#state.set(state);
    this.#blockLength = 0;
    this.#totalBytes = hashedBytes;
    return this;
  }

  /** Copies the five words of the chaining state into `out`. Means something only when whole blocks have been given. */
  saveState(out: Int32Array): void {
    out.set(this.#state);
  }

  /** Adds `length` bytes of `bytes` at `offset`. The range must lie inside `bytes`; borrowed for the call. */
  update(bytes: Uint8Array, offset: number, length: number): this {
    const block = this.#block;
    const end = offset + length;
    let at = offset;
    this.#totalBytes += length;
    if (this.#blockLength > 0) {
      while (at < end && this.#blockLength < SHA1_BLOCK_BYTES) block[this.#blockLength++] = bytes[at++];
      if (this.#blockLength < SHA1_BLOCK_BYTES) return this;
      compress(this.#state, block, 0);
      this.#blockLength = 0;
    }
    for (; at + SHA1_BLOCK_BYTES <= end; at += SHA1_BLOCK_BYTES) compress(this.#state, bytes, at);
    while (at < end) block[this.#blockLength++] = bytes[at++];
    return this;
  }

  /** Writes the 20 bytes of the digest into `out` at `outOffset`. Afterwards only `reset` and `restoreState` make sense. */
  digestInto(out: Uint8Array, outOffset: number): void {
    const block = this.#block;
    // RFC 3174 4: a one bit, zeros, and the length of the message in bits as 64 bits.
    block[this.#blockLength++] = 0x80;
    if (this.#blockLength > SHA1_BLOCK_BYTES - 8) {
      block.fill(0, this.#blockLength);
      compress(this.#state, block, 0);
      this.#blockLength = 0;
    }
    block.fill(0, this.#blockLength);
    putU32(block, SHA1_BLOCK_BYTES - 8, Math.floor(this.#totalBytes / 0x20000000));
    putU32(block, SHA1_BLOCK_BYTES - 4, this.#totalBytes << 3);
    compress(this.#state, block, 0);
    for (let word = 0; word < 5; word++) putU32(out, outOffset + 4 * word, this.#state[word]);
  }
}

/** RFC 3174 6.1, with the four groups of twenty rounds written as four loops. */
function compress(state: Int32Array, bytes: Uint8Array, offset: number): void {
  const w = SCHEDULE;
  for (let t = 0, at = offset; t < 16; t++, at += 4) {
    w[t] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let t = 16; t < 80; t++) {
    const x = w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16];
    w[t] = (x << 1) | (x >>> 31);
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let t = 0;
  for (; t < 20; t++) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (~b & d)) + e + w[t] + 0x5a827999) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (; t < 40; t++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + w[t] + 0x6ed9eba1) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (; t < 60; t++) {
    const next = (((a << 5) | (a >>> 27)) + ((b & c) | (b & d) | (c & d)) + e + w[t] + 0x8f1bbcdc) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  for (; t < 80; t++) {
    const next = (((a << 5) | (a >>> 27)) + (b ^ c ^ d) + e + w[t] + 0xca62c1d6) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

function putU32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

const INITIAL = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);

/** Shared by every instance: `compress` runs to its end before anything else can. */
const SCHEDULE = new Int32Array(80);
