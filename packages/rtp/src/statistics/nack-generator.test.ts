import { NEVER } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NackGenerator } from './nack-generator.ts';

function ask(generator: NackGenerator, now: number, rttMs = 50, room = 100): number[] {
  const out = new Uint16Array(room);
  return [...out.subarray(0, generator.pollNack(now, rttMs, out))];
}

describe('NackGenerator', () => {
  it('asks for a gap after the time that reordering is given, and again after a round trip', () => {
    const generator = new NackGenerator({ reorderWaitMs: 10 });
    for (const sequence of [65534, 1, 2]) generator.handlePacket(100, sequence);
    expect(generator.missing).toBe(2);
    expect(generator.pollTimeout()).toBe(110);
    expect(ask(generator, 109)).toEqual([]);
    expect(ask(generator, 110)).toEqual([65535, 0]);
    expect(ask(generator, 159)).toEqual([]);
    generator.handlePacket(159, 65535);
    expect(generator.pollTimeout()).toBe(160);
    expect(ask(generator, 160)).toEqual([0]);
    expect(generator.counters).toEqual({ requested: 3, recovered: 1, abandoned: 0 });
  });

  it('asks for nothing when packets only overtook each other', () => {
    const generator = new NackGenerator();
    for (const sequence of [1, 3, 2, 5, 4]) generator.handlePacket(0, sequence);
    expect(generator.pollTimeout()).toBe(NEVER);
    expect(ask(generator, 1000)).toEqual([]);
  });

  it('gives up after so many tries', () => {
    const generator = new NackGenerator({ maxTries: 2, reorderWaitMs: 0 });
    generator.handlePacket(0, 1);
    generator.handlePacket(0, 3);
    expect([ask(generator, 0), ask(generator, 50), ask(generator, 100)]).toEqual([[2], [2], []]);
    expect(generator.missing).toBe(0);
    expect(generator.counters.abandoned).toBe(1);
  });

  it('writes no more than there is room for, and the rest at the next call', () => {
    const generator = new NackGenerator({ reorderWaitMs: 0 });
    generator.handlePacket(0, 0);
    generator.handlePacket(0, 6);
    expect([ask(generator, 0, 50, 3), ask(generator, 0, 50, 3), ask(generator, 0, 50, 3)]).toEqual([
      [1, 2, 3],
      [4, 5],
      [],
    ]);
  });

  it('starts over at a jump beyond its window', () => {
    const generator = new NackGenerator({ capacity: 64, reorderWaitMs: 0 });
    generator.handlePacket(0, 0);
    generator.handlePacket(0, 2);
    generator.handlePacket(0, 1000);
    expect(ask(generator, 0)).toEqual([]);
    expect(generator.counters.abandoned).toBe(1);
    generator.handlePacket(0, 1002);
    expect(ask(generator, 0)).toEqual([1001]);
  });

  it('asks for exactly what a set of the missing numbers says', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1 }), (steps) => {
        const generator = new NackGenerator({ capacity: 64, reorderWaitMs: 0 });
        let highest = -1;
        let missing = new Set<number>();
        for (const step of steps) {
          // Numbers up to 30 behind the highest, or up to 60 ahead.
          const sequence = highest < 0 ? 500 : highest + step - 30;
          generator.handlePacket(0, sequence & 0xffff);
          if (highest < 0) highest = sequence;
          else if (sequence <= highest) missing.delete(sequence);
          else {
            for (let at = highest + 1; at < sequence; at++) missing.add(at);
            highest = sequence;
            missing = new Set([...missing].filter((at) => at > highest - 64));
          }
          expect(generator.missing).toBe(missing.size);
        }
        expect(ask(generator, 0)).toEqual([...missing].sort((a, b) => a - b).map((at) => at & 0xffff));
      }),
    );
  });
});
