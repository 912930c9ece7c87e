import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add16, add32, distance16, distance32, isAfter16, isAfter32 } from '../../src/index.ts';

const SPACES = [
  ['16 bits', 2 ** 16, add16, distance16, isAfter16],
  ['32 bits', 2 ** 32, add32, distance32, isAfter32],
] as const;

describe.each(SPACES)('serial numbers of %s', (_name, space, add, distance, isAfter) => {
  const number = fc.nat(space - 1);
  const half = space / 2;

  it('are after what they were counted on from, by less than half the space', () => {
    fc.assert(
      fc.property(number, fc.integer({ min: 1, max: half - 1 }), (from, n) => {
        const to = add(from, n);
        expect(to).toBe((from + n) % space);
        expect(isAfter(to, from)).toBe(true);
        expect(isAfter(from, to)).toBe(false);
        expect(distance(to, from)).toBe(n);
        expect(distance(from, to)).toBe(-n);
        expect(add(to, -n)).toBe(from);
      }),
    );
  });

  it('are not after themselves, nor after the opposite of the circle', () => {
    fc.assert(
      fc.property(number, (n) => {
        expect(isAfter(n, n)).toBe(false);
        expect(distance(n, n)).toBe(0);
        expect(isAfter(add(n, half), n)).toBe(false);
        expect(isAfter(n, add(n, half))).toBe(false);
        expect(distance(add(n, half), n)).toBe(-half);
      }),
    );
  });
});
