/**
 * One block of SHA-1 as RFC 3174 6.1 has it, letter by letter: 80 words of schedule, and five words that move along. The
 * readable form of `src/sha1-compress.ts`.
 */
export function compressReference(state: Int32Array, bytes: Uint8Array, offset: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 64);
  const w = Array.from({ length: 16 }, (_, t) => view.getInt32(4 * t));
  for (let t = 16; t < 80; t++) w.push(turned(1, w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16]));
  let [a, b, c, d, e] = state;
  for (let t = 0; t < 80; t++) {
    const temp = (turned(5, a) + f(t, b, c, d) + e + w[t] + K[Math.floor(t / 20)]) | 0;
    e = d;
    d = c;
    c = turned(30, b);
    b = a;
    a = temp;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
}

/** The functions of RFC 3174 5. */
function f(t: number, b: number, c: number, d: number): number {
  if (t < 20) return (b & c) | (~b & d);
  if (t < 40) return b ^ c ^ d;
  if (t < 60) return (b & c) | (b & d) | (c & d);
  return b ^ c ^ d;
}

/** S^n(X) of RFC 3174 3. */
function turned(n: number, x: number): number {
  return (x << n) | (x >>> (32 - n));
}

/** The constants of RFC 3174 5. */
const K = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6] as const;
