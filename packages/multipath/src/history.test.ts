import { PacketClass } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SentHistory } from './history.ts';
import { NOT_NUMBERED } from './packet-queue.ts';

const REMEMBERED = 512;

describe('SentHistory', () => {
  it('finds by number just the packets that it remembers', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 1500 }),
        (first, numbered) => {
          const history = new SentHistory();
          let sequence = first;
          const tags = numbered.map((isNumbered) => (isNumbered ? sequence++ & 0xffff : NOT_NUMBERED));
          for (const [at, tag] of tags.entries()) {
            history.remember(at, 0, PacketClass.audio, new Uint8Array(4), 0, 4, tag, false);
          }
          for (const [at, tag] of tags.entries()) {
            if (tag === NOT_NUMBERED) continue;
            const isRemembered = at >= tags.length - REMEMBERED;
            expect(history.find(tag)?.at).toBe(isRemembered ? at : undefined);
          }
          expect(history.find(sequence & 0xffff)).toBeUndefined();
        },
      ),
      { numRuns: 30 },
    );
  });
});
