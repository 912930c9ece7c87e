import type { Jitter, SecureRandom } from '@hawser/wire';

/**
 * Replayable randomness: xoshiro128** (Blackman and Vigna) seeded from a printable text. It stands in for both kinds of
 * randomness that a machine asks for, in simulations only: nothing about it is secret.
 */
export class SeededRandom implements SecureRandom, Jitter {
  /** What to print, and to construct again with, for the same numbers. */
  readonly seed: string;
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: string | number) {
    this.seed = String(seed);
    // Two 32-bit hashes of the text, each stretched to two words by splitmix32.
    const low = fnv1a(this.seed, 0x811c9dc5);
    const high = fnv1a(this.seed, 0x9dc5811c);
    this.#a = splitmix(low);
    this.#b = splitmix(low + 0x9e3779b9);
    this.#c = splitmix(high + 0x3c6ef372);
    // xoshiro must not start from all zeros.
    this.#d = splitmix(high + 0xdaa66d2b) | 1;
  }

  /** The generator in a given state, at least one word of it not 0: for comparing with the published algorithm. */
  static fromState(a: number, b: number, c: number, d: number): SeededRandom {
    const random = new SeededRandom(`state ${a} ${b} ${c} ${d}`);
    random.#a = a;
    random.#b = b;
    random.#c = c;
    random.#d = d;
    return random;
  }

  /** An independent stream, named: what one part of a simulation draws does not shift what another sees. */
  fork(name: string | number): SeededRandom {
    return new SeededRandom(`${this.seed}/${name}`);
  }

  /** An unsigned 32-bit integer. */
  nextU32(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }

  /** A number in [0, 1). */
  nextUnit(): number {
    return this.nextU32() / 0x1_0000_0000;
  }

  /** An integer in [0, bound). */
  nextInteger(bound: number): number {
    return Math.floor(this.nextUnit() * bound);
  }

  /** True with this probability. Draws once whatever the probability is. */
  chance(probability: number): boolean {
    return this.nextUnit() < probability;
  }

  /** A normally distributed number, mean 0, deviation 1 (Box and Muller). */
  nextNormal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextUnit()));
    return radius * Math.cos(2 * Math.PI * this.nextUnit());
  }

  fillSecure(out: Uint8Array, offset: number, length: number): void {
    let word = 0;
    for (let i = 0; i < length; i++) {
      if ((i & 3) === 0) word = this.nextU32();
      out[offset + i] = word >>> (8 * (i & 3));
    }
  }

  /** `length` random bytes in an array of their own. */
  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    this.fillSecure(out, 0, length);
    return out;
  }
}

function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

function splitmix(state: number): number {
  let z = (state + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}
