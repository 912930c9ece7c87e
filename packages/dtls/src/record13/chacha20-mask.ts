import type { RecordNumberMask } from '../dtls-crypto.ts';

/**
 * The mask of ChaCha20 suites, RFC 9147 4.2.3: the ChaCha20 block (RFC 8439 2.3) whose counter and nonce are 16 bytes of
 * ciphertext. Additions, rotations and XOR on 32-bit integers only: nothing depends on the key but the result. A cipher of
 * `node:crypto` would have to be made anew for every record.
 */
export class ChaCha20Mask implements RecordNumberMask {
  readonly #key = new Int32Array(8);

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    for (let i = 0; i < 8; i++) this.#key[i] = littleEndian(key, 4 * i);
  }

  mask(buffer: Uint8Array, offset: number): number {
    const key = this.#key;
    const x = X;
    x.set(SIGMA, 0);
    x.set(key, 4);
    for (let i = 0; i < 4; i++) x[12 + i] = littleEndian(buffer, offset + 4 * i);
    for (let round = 0; round < 10; round++) {
      quarterRound(x, 0, 4, 8, 12);
      quarterRound(x, 1, 5, 9, 13);
      quarterRound(x, 2, 6, 10, 14);
      quarterRound(x, 3, 7, 11, 15);
      quarterRound(x, 0, 5, 10, 15);
      quarterRound(x, 1, 6, 11, 12);
      quarterRound(x, 2, 7, 8, 13);
      quarterRound(x, 3, 4, 9, 14);
    }
    // Only the first word is wanted, and of it the first two bytes.
    const word = (x[0] + SIGMA[0]) | 0;
    return ((word & 0xff) << 8) | ((word >>> 8) & 0xff);
  }
}

/** RFC 8439 2.1. */
function quarterRound(x: Int32Array, a: number, b: number, c: number, d: number): void {
  let t = 0;
  x[a] += x[b];
  t = x[d] ^ x[a];
  x[d] = (t << 16) | (t >>> 16);
  x[c] += x[d];
  t = x[b] ^ x[c];
  x[b] = (t << 12) | (t >>> 20);
  x[a] += x[b];
  t = x[d] ^ x[a];
  x[d] = (t << 8) | (t >>> 24);
  x[c] += x[d];
  t = x[b] ^ x[c];
  x[b] = (t << 7) | (t >>> 25);
}

function littleEndian(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}

/** "expand 32-byte k", RFC 8439 2.3. */
const SIGMA = Int32Array.of(0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);
const X = new Int32Array(16);
