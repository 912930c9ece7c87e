/** Bytes of a SHA-256 digest. */
export const SHA256_BYTES = 32;

/** Bytes of a SHA-256 block. */
export const SHA256_BLOCK_BYTES = 64;

/**
 * SHA-256 (RFC 6234, FIPS 180-4 6.2), incremental, for the short inputs of STUN. Allocates nothing after construction, and
 * unlike the platform's hash it can be saved in the middle, so that an HMAC key is hashed once.
 */
export class Sha256 {
  readonly #state = new Int32Array(8);
  readonly #block = new Uint8Array(SHA256_BLOCK_BYTES);
  #blockLength = 0;
  #totalBytes = 0;

  constructor() {
    this.reset();
  }

  /** Forgets all input. */
  reset(): this {
    return this.restoreState(INITIAL, 0);
  }

  /**
   * Continues from a state that {@link saveState} stored.
   *
   * @param hashedBytes input bytes that the state stands for, a multiple of 64
   */
  restoreState(state: Int32Array, hashedBytes: number): this {
    for (let word = 0; word < 8; word++) this.#state[word] = state[word];
    this.#blockLength = 0;
    this.#totalBytes = hashedBytes;
    return this;
  }

  /** Copies the eight words of the chaining state into `out`. Means something only when whole blocks have been given. */
  saveState(out: Int32Array): void {
    for (let word = 0; word < 8; word++) out[word] = this.#state[word];
  }

  /** Adds `length` bytes of `bytes` at `offset`. The range must lie inside `bytes`; borrowed for the call. */
  update(bytes: Uint8Array, offset: number, length: number): this {
    const block = this.#block;
    const end = offset + length;
    let at = offset;
    let filled = this.#blockLength;
    this.#totalBytes += length;
    if (filled > 0) {
      while (at < end && filled < SHA256_BLOCK_BYTES) block[filled++] = bytes[at++];
      if (filled === SHA256_BLOCK_BYTES) {
        compress(this.#state, block, 0);
        filled = 0;
      }
    }
    for (; at + SHA256_BLOCK_BYTES <= end; at += SHA256_BLOCK_BYTES) compress(this.#state, bytes, at);
    while (at < end) block[filled++] = bytes[at++];
    this.#blockLength = filled;
    return this;
  }

  /** Writes the 32 bytes of the digest into `out` at `outOffset`. Afterwards only `reset` and `restoreState` make sense. */
  digestInto(out: Uint8Array, outOffset: number): void {
    const block = this.#block;
    const state = this.#state;
    // FIPS 180-4 5.1.1: a one bit, zeros, and the length of the message in bits as 64 bits.
    let at = this.#blockLength;
    block[at++] = 0x80;
    if (at > LENGTH_AT) {
      while (at < SHA256_BLOCK_BYTES) block[at++] = 0;
      compress(state, block, 0);
      at = 0;
    }
    while (at < LENGTH_AT) block[at++] = 0;
    putU32(block, LENGTH_AT, Math.floor(this.#totalBytes / 0x20000000));
    putU32(block, LENGTH_AT + 4, this.#totalBytes << 3);
    compress(state, block, 0);
    for (let word = 0; word < 8; word++) putU32(out, outOffset + 4 * word, state[word]);
  }
}

/** One block (FIPS 180-4 6.2.2). The schedule is kept whole: 64 words that every call fills anew. */
function compress(state: Int32Array, bytes: Uint8Array, at: number): void {
  const w = SCHEDULE;
  for (let t = 0; t < 16; t++, at += 4) {
    w[t] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15];
    const y = w[t - 2];
    const sigma0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const sigma1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = (w[t - 16] + sigma0 + w[t - 7] + sigma1) | 0;
  }
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let d = state[3];
  let e = state[4];
  let f = state[5];
  let g = state[6];
  let h = state[7];
  for (let t = 0; t < 64; t++) {
    const sum1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + sum1 + (g ^ (e & (f ^ g))) + K[t] + w[t]) | 0;
    const sum0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (sum0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = (state[0] + a) | 0;
  state[1] = (state[1] + b) | 0;
  state[2] = (state[2] + c) | 0;
  state[3] = (state[3] + d) | 0;
  state[4] = (state[4] + e) | 0;
  state[5] = (state[5] + f) | 0;
  state[6] = (state[6] + g) | 0;
  state[7] = (state[7] + h) | 0;
}

function putU32(out: Uint8Array, at: number, value: number): void {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
}

/** Where the length of the message stands in its last block. */
const LENGTH_AT = SHA256_BLOCK_BYTES - 8;

const SCHEDULE = new Int32Array(64);

/** Fractions of the square roots of the first eight primes (FIPS 180-4 5.3.3). */
const INITIAL = Int32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
);

/** Fractions of the cube roots of the first 64 primes (FIPS 180-4 4.2.2). */
const K = Int32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
);
