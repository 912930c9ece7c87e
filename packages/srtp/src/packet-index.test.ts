import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateIndex } from './packet-index.ts';

/** RFC 3711 Appendix A, literally, but for the rollover counter before 0: there it stays 0. */
function appendixA(highest: number, sequence: number): number {
  const lastSequence = highest % 65536;
  const rollover = Math.floor(highest / 65536);
  let v: number;
  if (lastSequence < 32768) v = sequence - lastSequence > 32768 ? rollover - 1 : rollover;
  else v = lastSequence - 32768 > sequence ? rollover + 1 : rollover;
  return sequence + Math.max(v, 0) * 65536;
}

/** The runs of the reference calculation: sequence numbers in, indices out. */
const runs: [string, number[], number[]][] = [
  ['in order', [1, 2, 3], [1, 2, 3]],
  ['over the wrap', [65534, 65535, 0, 1], [65534, 65535, 65536, 65537]],
  ['reordered across the wrap', [65534, 0, 65535, 1], [65534, 65536, 65535, 65537]],
  ['late from the rollover before', [65000, 65535, 5, 65530, 6], [65000, 65535, 65541, 65530, 65542]],
  ['a gap of 32767', [100, 32867], [100, 32867]],
  [
    'two wraps',
    [65000, 30000, 60000, 65535, 100, 32000, 60000, 10],
    [65000, 95536, 125536, 131071, 131172, 163072, 191072, 196618],
  ],
  ['a start near the top', [65535, 0], [65535, 65536]],
  ['a jump of more than half the space while the rollover counter is 0', [100, 40000], [100, 40000]],
];

describe('estimateIndex', () => {
  it.each(runs)('%s', (_, sequences, indices) => {
    let highest = -1;
    const estimated = sequences.map((sequence) => {
      const index = estimateIndex(highest, sequence);
      highest = Math.max(highest, index);
      return index;
    });
    expect(estimated).toEqual(indices);
  });

  it('is Appendix A of RFC 3711', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 0, max: 65535 }),
        fc.integer({ min: 0, max: 65535 }),
        (rollover, last, sequence) => {
          const highest = rollover * 65536 + last;
          expect(estimateIndex(highest, sequence)).toBe(appendixA(highest, sequence));
        },
      ),
    );
    for (const last of [0, 1, 32767, 32768, 32769, 65535]) {
      for (const away of [-32769, -32768, -32767, -1, 0, 1, 32767, 32768, 32769]) {
        const highest = 5 * 65536 + last;
        expect(estimateIndex(highest, (last + away) & 0xffff)).toBe(appendixA(highest, (last + away) & 0xffff));
      }
    }
  });

  it('finds the index of every packet less than 2^15 away', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 65536, max: 2 ** 47 }),
        fc.integer({ min: -32767, max: 32767 }),
        (highest, away) => {
          expect(estimateIndex(highest, (highest + away) % 65536)).toBe(highest + away);
        },
      ),
    );
  });
});
