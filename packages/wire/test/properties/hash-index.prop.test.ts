import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashIndex } from '../../src/index.ts';

const CAPACITY = 12;

/** Every entry under a hash, as the index tells them. */
function entriesOf(index: HashIndex, hash: number): number[] {
  const entries: number[] = [];
  for (let entry = index.first(hash); entry >= 0; entry = index.next()) entries.push(entry);
  return entries.sort((a, b) => a - b);
}

describe('HashIndex', () => {
  it('tells under each hash what a list of pairs would, after any additions and deletions', () => {
    // Few hashes that fall on neighbouring slots, and some that differ only above the mask.
    const hash = fc.constantFrom(0, 1, 2, 30, 31, 32, 33, 63, 64, -1, -32, 0x7fffffff, 0x80000000, 0xffffffff);
    const steps = fc.array(fc.tuple(fc.nat(CAPACITY - 1), hash), { maxLength: 120 });
    fc.assert(
      fc.property(steps, (sequence) => {
        const index = new HashIndex(CAPACITY);
        const model = new Map<number, number>();
        for (const [entry, under] of sequence) {
          if (model.delete(entry)) index.delete(entry);
          else {
            index.add(entry, under);
            model.set(entry, under | 0);
          }
          for (const asked of [...new Set([under | 0, ...model.values()])]) {
            const expected = [...model].filter(([, each]) => each === asked).map(([each]) => each);
            expect(entriesOf(index, asked)).toEqual(expected.sort((a, b) => a - b));
          }
        }
      }),
    );
  });

  it('is full at its capacity and still ends every look', () => {
    const index = new HashIndex(CAPACITY);
    for (let entry = 0; entry < CAPACITY; entry++) index.add(entry, 7);
    expect(entriesOf(index, 7)).toHaveLength(CAPACITY);
    expect(entriesOf(index, 8)).toEqual([]);
  });

  it.each([0, 1.5, 2 ** 24 + 1, Number.NaN])('refuses a capacity of %s', (capacity) => {
    expect(() => new HashIndex(capacity)).toThrowError(expect.objectContaining({ code: 'out-of-range' }));
  });
});
