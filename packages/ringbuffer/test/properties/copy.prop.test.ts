import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Copier, zeroLongs } from '../../src/copy.ts';
import { allocateLocalRing, allocateRing } from '../../src/index.ts';
import { openRegion } from '../../src/region.ts';

const CAPACITY = 4096;

describe.each([
  ['shared memory', allocateRing],
  ['memory of one thread', allocateLocalRing],
])('copying, in %s', (_name, allocate) => {
  /** Where in the ring, where in the array, how much, and which of two arrays: the same one in a row is met again. */
  const copy = fc.record({
    at: fc.nat(CAPACITY / 8 - 90).map((step) => 8 * step),
    offset: fc.oneof(fc.constantFrom(0, 8, 16), fc.nat(40)),
    length: fc.oneof(fc.constantFrom(0, 8, 64, 256, 600), fc.nat(600)),
    which: fc.nat(1),
    whole: fc.boolean(),
    out: fc.boolean(),
  });
  const starts = fc.constantFrom(0, 1, 4, 8);

  it('copies what a byte by byte copy does, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(copy, { minLength: 1, maxLength: 20 }), starts, (copies, start) => {
        const region = openRegion('one-to-one', allocate('one-to-one', CAPACITY), 0, CAPACITY + 768);
        const copier = new Copier(region);
        const arrays = [0, 1].map(() => new Uint8Array(new ArrayBuffer(700), start, 680));
        const bits = new Uint8Array(CAPACITY).map((_, i) => (i * 37 + (i >> 8)) & 0xff);
        region.bytes.set(bits);
        for (const array of arrays) array.set(bits.subarray(100, 780));
        const ring = bits.slice();
        const twins = arrays.map((array) => array.slice());
        for (const one of copies) {
          const { at, out, which } = one;
          // A whole array takes another way than a part of one.
          const array = one.whole ? arrays[which].subarray(0, one.length) : arrays[which];
          const offset = one.whole ? 0 : one.offset;
          if (out) {
            copier.copyOut(at, array, offset, one.length);
            twins[which].set(ring.subarray(at, at + one.length), offset);
          } else {
            copier.copyIn(at, array, offset, one.length);
            ring.set(twins[which].subarray(offset, offset + one.length), at);
          }
          expect(Buffer.compare(region.bytes.slice(), ring)).toBe(0);
          for (const i of [0, 1]) expect(Buffer.compare(arrays[i], twins[i])).toBe(0);
        }
      }),
      { numRuns: 400 },
    );
  });
});

it('zeroes steps of eight bytes, few and many', () => {
  for (let count = 0; count < 40; count++) {
    const longs = new BigInt64Array(50).fill(-1n);
    zeroLongs(longs, 5, count);
    expect([...longs].map((long, i) => long === (i >= 5 && i < 5 + count ? 0n : -1n)).every(Boolean)).toBe(true);
  }
});
