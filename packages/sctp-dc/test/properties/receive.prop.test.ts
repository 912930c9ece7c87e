import { add32 } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataFlag } from '../../src/packet/chunk-types.ts';
import { DataChunk } from '../../src/packet/data.ts';
import type { InMessage } from '../../src/rx/in-message.ts';
import { Ordering } from '../../src/rx/ordering.ts';
import { Reassembly } from '../../src/rx/reassembly.ts';
import { Arrival, TsnTracker } from '../../src/rx/tsn-tracker.ts';

/** Starts that wrap soon, or not at all. */
const initialTsn = fc.oneof(
  fc.integer({ min: 0, max: 0xffffffff }),
  fc.integer({ min: 0xffffffff - 40, max: 0xffffffff }),
  fc.constant(0),
);

describe('TsnTracker', () => {
  it('knows what a set of numbers knows, wherever TSNs start', () => {
    const step = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({ kind: fc.constant('add' as const), offset: fc.integer({ min: -3, max: 14 }) }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('skip' as const), offset: fc.integer({ min: -3, max: 3 }) }),
      },
    );
    fc.assert(
      fc.property(initialTsn, fc.array(step, { maxLength: 120, size: 'max' }), (start, steps) => {
        const tracker = new TsnTracker();
        tracker.restart(start);
        // Model: numbers count from 1.
        const seen = new Set<number>();
        let cumulative = 0;
        const settle = () => {
          while (seen.has(cumulative + 1)) cumulative++;
        };
        for (const { kind, offset } of steps) {
          const number = cumulative + offset;
          if (kind === 'skip') {
            for (let n = 1; n <= number; n++) seen.add(n);
            tracker.skipTo(number);
          } else {
            const tsn = add32(start, number - 1);
            expect(tracker.unwrap(tsn)).toBe(number);
            const expected = number <= cumulative || seen.has(number) ? Arrival.duplicate : Arrival.fresh;
            expect(tracker.peek(number)).toBe(expected);
            expect(tracker.add(number)).toBe(expected);
            if (number > 0) seen.add(number);
          }
          settle();
          expect(tracker.cumulative).toBe(cumulative);
          expect(tracker.cumulativeTsn).toBe(add32(start, cumulative - 1));
          expect(rangesOf(tracker)).toEqual(rangesOfSet(seen, cumulative));
        }
      }),
    );
  });

  it('keeps a bounded number of ranges, and none out of reach of a gap block', () => {
    const tracker = new TsnTracker();
    tracker.restart(1);
    for (let n = 3; n < 30_000; n += 2) tracker.add(n);
    expect(tracker.rangeCount).toBe(4096);
    expect(tracker.add(2 + 65_536)).toBe(Arrival.outOfRange);
    expect(tracker.peek(2 + 65_536)).toBe(Arrival.outOfRange);
  });
});

function rangesOf(tracker: TsnTracker): number[][] {
  return Array.from({ length: tracker.rangeCount }, (_, i) => [tracker.rangeStart(i), tracker.rangeEnd(i)]);
}

function rangesOfSet(seen: Set<number>, above: number): number[][] {
  const ranges: number[][] = [];
  for (const n of [...seen].filter((n) => n > above).sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === n - 1) last[1] = n;
    else ranges.push([n, n]);
  }
  return ranges;
}

/** Messages cut into fragments with consecutive numbers. */
const messages = fc.array(fc.record({ parts: fc.integer({ min: 1, max: 6 }), ordered: fc.boolean() }), {
  minLength: 1,
  maxLength: 12,
});

function fragmentsOf(list: { parts: number; ordered: boolean }[]) {
  const fragments: { number: number; chunk: DataChunk; message: number }[] = [];
  list.forEach(({ parts, ordered }, message) => {
    for (let part = 0; part < parts; part++) {
      const chunk = new DataChunk();
      chunk.streamId = message % 3;
      chunk.ssn = message;
      chunk.ppid = 53;
      if (part === 0) chunk.flags |= DataFlag.begin;
      if (part === parts - 1) chunk.flags |= DataFlag.end;
      if (!ordered) chunk.flags |= DataFlag.unordered;
      chunk.bytes = Uint8Array.of(message, part, 0xff);
      chunk.payloadLength = 2;
      fragments.push({ number: fragments.length + 1, chunk, message });
    }
  });
  return fragments;
}

describe('Reassembly', () => {
  it('gives every message once, whole, in whichever order its fragments come', () => {
    const input = messages.chain((list) => {
      const fragments = fragmentsOf(list);
      return fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(fragments, { minLength: fragments.length, maxLength: fragments.length }),
      );
    });
    fc.assert(
      fc.property(input, ([list, order]) => {
        const reassembly = new Reassembly(1000);
        const left = list.map((m) => m.parts);
        for (const { number, chunk, message } of order) {
          const result = reassembly.add(number, chunk);
          left[message]--;
          if (left[message] > 0) expect(result).toBeUndefined();
          else {
            const expected = Array.from({ length: list[message].parts }, (_, part) => [message, part]).flat();
            expect([...(result as InMessage).bytes]).toEqual(expected);
            expect((result as InMessage).ssn).toBe(message);
          }
        }
        expect(reassembly.heldBytes).toBe(0);
      }),
    );
  });

  it('forgets what a FORWARD-TSN passes over, and what belongs to it from before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 1, max: 19 }), (parts, had) => {
        const reassembly = new Reassembly(1000);
        const fragments = fragmentsOf([{ parts, ordered: true }]);
        const received = Math.min(had, parts - 1);
        for (const { number, chunk } of fragments.slice(0, received)) reassembly.add(number, chunk);
        reassembly.forget(received + 1, parts);
        expect(reassembly.heldBytes).toBe(0);
      }),
    );
  });

  it('names what is wrong: fragments that disagree, messages that are too long', () => {
    const [first, second] = fragmentsOf([{ parts: 3, ordered: true }]);
    const reassembly = new Reassembly(1000);
    reassembly.add(1, first.chunk);
    second.chunk.streamId = 2;
    expect(reassembly.add(2, second.chunk)).toBe('fragments-disagree');
    const short = new Reassembly(3);
    const parts = fragmentsOf([{ parts: 3, ordered: true }]);
    expect(short.add(1, parts[0].chunk)).toBeUndefined();
    expect(short.add(2, parts[1].chunk)).toBe('message-too-long');
  });
});

describe('Ordering', () => {
  it('delivers each stream in order, and goes on after a skip', () => {
    const count = 12;
    const orders = fc.shuffledSubarray([...Array(count).keys()], { minLength: count, maxLength: count });
    const missing = fc.uniqueArray(fc.integer({ min: 0, max: count - 1 }), { maxLength: 4 });
    fc.assert(
      fc.property(orders, missing, fc.constantFrom(0, 65_530), (order, lost, from) => {
        const delivered: number[] = [];
        const ordering = new Ordering((message) => delivered.push(message.bytes[0]));
        const message = (ssn: number, n: number): InMessage => {
          return { streamId: 1, ppid: 53, ordered: true, ssn: ssn & 0xffff, bytes: Uint8Array.of(n) };
        };
        // Brings the stream to `from` first, so that sequence numbers wrap.
        if (from > 0) {
          ordering.skip(1, 0x7000);
          ordering.skip(1, 0xe000);
          ordering.skip(1, from - 1);
        }
        for (const n of order) if (!lost.includes(n)) ordering.add(message(from + n, n));
        for (const n of lost) ordering.skip(1, (from + n) & 0xffff);
        const kept = [...Array(count).keys()].filter((n) => delivered.includes(n));
        expect(delivered).toEqual(kept);
        expect(ordering.heldBytes).toBe(0);
        for (const n of order) if (!lost.includes(n)) expect(delivered).toContain(n);
      }),
    );
  });
});
