import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeededRandom, simEnv, VirtualClock } from '../../src/index.ts';

/** xoshiro128** as its authors print it, on 32-bit words held as bigints. */
function* reference(state: bigint[]): Generator<number> {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
  for (;;) {
    yield Number((rotate((state[1] * 5n) & mask, 7n) * 9n) & mask);
    const t = (state[1] << 9n) & mask;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = rotate(state[3], 11n);
  }
}

describe('SeededRandom', () => {
  it('gives the same numbers for the same seed, others for another, and its seed can be printed', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (seed, other) => {
        const numbers = (random: SeededRandom): number[] => Array.from({ length: 8 }, () => random.nextU32());
        const first = new SeededRandom(seed);
        expect(numbers(first)).toEqual(numbers(new SeededRandom(first.seed)));
        if (seed !== other) expect(numbers(new SeededRandom(seed))).not.toEqual(numbers(new SeededRandom(other)));
        expect(numbers(first.fork('a'))).toEqual(numbers(new SeededRandom(seed).fork('a')));
        expect(numbers(first.fork('a'))).not.toEqual(numbers(first.fork('b')));
      }),
    );
  });

  it('is xoshiro128**', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffffffff), { minLength: 4, maxLength: 4 }), (words) => {
        fc.pre(words.some((word) => word !== 0));
        const expected = reference(words.map(BigInt));
        const random = SeededRandom.fromState(words[0], words[1], words[2], words[3]);
        for (let i = 0; i < 20; i++) expect(random.nextU32()).toBe(expected.next().value);
      }),
    );
  });

  it('fills exactly the bytes that were asked for', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(20), (offset, length) => {
        const out = new Uint8Array(offset + length + 5);
        const random = new SeededRandom(1);
        random.fillSecure(out, offset, length);
        expect(out.subarray(0, offset).every((byte) => byte === 0)).toBe(true);
        expect(out.subarray(offset + length).every((byte) => byte === 0)).toBe(true);
        expect(out.slice(offset, offset + length)).toEqual(new SeededRandom(1).bytes(length));
      }),
    );
  });

  it('is even: units, integers, chances and normals come as often as they should', () => {
    const random = new SeededRandom('even');
    const count = 100_000;
    const buckets = new Array<number>(10).fill(0);
    let chances = 0;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      buckets[random.nextInteger(10)]++;
      if (random.chance(0.3)) chances++;
      const normal = random.nextNormal();
      sum += normal;
      squares += normal * normal;
    }
    for (const bucket of buckets) expect(Math.abs(bucket / count - 0.1)).toBeLessThan(0.01);
    expect(Math.abs(chances / count - 0.3)).toBeLessThan(0.01);
    expect(Math.abs(sum / count)).toBeLessThan(0.02);
    expect(Math.abs(squares / count - 1)).toBeLessThan(0.03);
  });
});

describe('simEnv', () => {
  it('reads the clock and forks two kinds of randomness', () => {
    const clock = new VirtualClock(50, 1000);
    const env = simEnv(clock, new SeededRandom(1));
    expect([env.now, env.unixMs, 'trace' in env]).toEqual([50, 1000, false]);
    const trace = { trace: () => {} };
    expect(simEnv(clock, new SeededRandom(1), trace).trace).toBe(trace);
    const secret = new Uint8Array(8);
    env.secure.fillSecure(secret, 0, 8);
    expect(env.jitter.nextUnit()).toBe(simEnv(clock, new SeededRandom(1)).jitter.nextUnit());
  });
});
