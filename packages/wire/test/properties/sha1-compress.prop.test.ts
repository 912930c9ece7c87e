import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compress } from '../../src/sha1-compress.ts';
import { compressReference } from '../sha1-reference.ts';

const words = fc.int32Array({ minLength: 5, maxLength: 5 });
const block = fc.uint8Array({ minLength: 64, maxLength: 64 });

describe('the compression of SHA-1, written out', () => {
  it('gives what the form of RFC 3174 6.1 gives, from any state, wherever the block lies', () => {
    fc.assert(
      fc.property(words, block, fc.nat(9), (start, bytes, offset) => {
        const memory = new Uint8Array(offset + 64 + 3).fill(0xa5);
        memory.set(bytes, offset);
        const before = memory.slice();
        const state = start.slice();
        const expected = start.slice();
        compress(state, memory, offset);
        compressReference(expected, memory, offset);
        expect(state).toEqual(expected);
        expect(memory).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  it('agrees for words at the ends of their range', () => {
    const edge = fc.constantFrom(0, -1, 1, 0x7fffffff, -0x80000000);
    const edgeBlock = fc.array(fc.constantFrom(0x00, 0xff, 0x80, 0x7f), { minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(fc.array(edge, { minLength: 5, maxLength: 5 }), edgeBlock, (start, bytes) => {
        const state = Int32Array.from(start);
        const expected = Int32Array.from(start);
        compress(state, Uint8Array.from(bytes), 0);
        compressReference(expected, Uint8Array.from(bytes), 0);
        expect(state).toEqual(expected);
      }),
    );
  });
});
