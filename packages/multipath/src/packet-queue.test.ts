import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketQueue } from './packet-queue.ts';

describe('the packet queue', () => {
  it('behaves as a bounded array of copies, whatever the order of pushes and drops', () => {
    const step = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 2000 }).map((bytes) => ({ bytes })),
      fc.constant({ bytes: undefined }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step), (capacity, steps) => {
        const queue = new PacketQueue(capacity);
        const model: number[][] = [];
        for (const { bytes } of steps) {
          if (bytes === undefined) {
            queue.drop();
            model.shift();
          } else {
            const expected = [...bytes];
            const entry = queue.push(bytes, 0, bytes.length);
            bytes.fill(0xee);
            expect(entry === undefined).toBe(model.length === capacity);
            if (entry !== undefined) model.push(expected);
          }
          expect(queue.size).toBe(model.length);
          for (let i = 0; i < model.length; i++) {
            const entry = queue.at(i);
            expect([...entry.bytes.subarray(0, entry.length)]).toEqual(model[i]);
          }
        }
      }),
    );
  });
});
