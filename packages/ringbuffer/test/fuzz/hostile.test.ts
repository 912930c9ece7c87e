import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Action,
  BroadcastConsumer,
  BroadcastProducer,
  CORRUPT,
  formatRing,
  ManyToOneConsumer,
  ManyToOneProducer,
  OneToOneConsumer,
  OneToOneProducer,
  RingBufferError,
  type RingKind,
  ringBytes,
} from '../../src/index.ts';
import { BELL_AT, CACHED_HEAD_AT, CLAIM_AT, EPOCH_AT, HEAD_AT, TAIL_AT } from '../../src/layout.ts';

const CAPACITY = 256;
const AT = 128;
const CANARY = 0x5a;

/** A ring with some whole records in it, between canaries. */
function ringOf(kind: RingKind) {
  const length = ringBytes(CAPACITY);
  const memory = new SharedArrayBuffer(AT + length + 128);
  const all = new Uint8Array(memory).fill(CANARY);
  formatRing(kind, memory, AT, length);
  const ends = {
    'one-to-one': () => [new OneToOneProducer(memory, AT, length), new OneToOneConsumer(memory, AT, length)] as const,
    'many-to-one': () =>
      [new ManyToOneProducer(memory, AT, length), new ManyToOneConsumer(memory, AT, length)] as const,
    broadcast: () => [new BroadcastProducer(memory, AT, length), new BroadcastConsumer(memory, AT, length)] as const,
  };
  const [producer, consumer] = ends[kind]();
  for (let i = 1; i < 7; i++) producer.write(i, new Uint8Array(4 * i).fill(i));
  const intact = () =>
    all.subarray(0, AT).every((b) => b === CANARY) && all.subarray(AT + length).every((b) => b === CANARY);
  return { memory, length, words: new Int32Array(memory, AT, length / 4), producer, consumer, intact };
}

/** Numbers that hurt: near the edges of what a length, a position or a flag may be. */
const junk = fc.oneof(
  fc.constantFrom(0, 1, -1, 7, 8, 9, -7, -8, -9, CAPACITY, CAPACITY + 8, -CAPACITY, 2 ** 31 - 1, -(2 ** 31), 2 ** 30),
  fc.integer({ min: -CAPACITY - 16, max: CAPACITY + 16 }),
  fc.integer(),
);
/** Words behind the descriptor, which is looked at once: headers, messages, positions, counters. */
const place = fc.oneof(
  fc.nat(CAPACITY / 4 - 1),
  fc.constantFrom(...[TAIL_AT, CLAIM_AT, CACHED_HEAD_AT, BELL_AT, EPOCH_AT, HEAD_AT].map((at) => (CAPACITY + at) / 4)),
);
const scribbles = fc.array(fc.tuple(place, junk), { minLength: 1, maxLength: 12 });

const kinds: RingKind[] = ['one-to-one', 'many-to-one', 'broadcast'];

describe.each(kinds)('a %s consumer of a ring that somebody scribbles in', (kind) => {
  it('reads inside the ring, comes to an end, and when it finds a fault, stops for good', () => {
    fc.assert(
      fc.property(scribbles, scribbles, fc.boolean(), (before, during, controlled) => {
        const { words, consumer, intact } = ringOf(kind);
        const scribble = (all: readonly (readonly [number, number])[]) => {
          for (const [word, value] of all) words[word] = value;
        };
        scribble(before);
        let records = 0;
        const handler = (type: number, bytes: Uint8Array, offset: number, length: number) => {
          expect(type).toBeGreaterThan(0);
          expect(offset >= 0 && length >= 0 && offset + length <= bytes.length).toBe(true);
          expect(bytes.length).toBeLessThanOrEqual(CAPACITY);
          // In the middle of the batch, too.
          if (++records === 2) scribble(during);
          return records % 2 === 0 ? Action.commit : Action.continue;
        };
        for (let reads = 0; reads < 4; reads++) {
          const faulty = consumer.fault !== undefined;
          records = 0;
          const answer =
            controlled && 'controlledRead' in consumer ? consumer.controlledRead(handler) : consumer.read(handler);
          expect(records).toBeLessThanOrEqual(CAPACITY / 8);
          if (faulty) expect([answer, records]).toEqual([CORRUPT, 0]);
          if (answer === CORRUPT) expect(consumer.fault).toMatchObject({ name: 'RingBufferError', code: 'corrupt' });
          expect(intact()).toBe(true);
        }
        if ('unblock' in consumer) consumer.unblock();
        if ('sizeBytes' in consumer) expect(consumer.sizeBytes()).toBeLessThanOrEqual(CAPACITY);
        expect(intact()).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });
});

describe.each(kinds)('a %s producer on a ring that somebody scribbles in', (kind) => {
  it('writes inside the ring, and comes to an end', () => {
    fc.assert(
      fc.property(scribbles, fc.array(fc.nat(32), { maxLength: 20 }), (junk, lengths) => {
        const { words, producer, intact } = ringOf(kind);
        for (const [word, value] of junk) words[word] = value;
        for (const length of lengths) {
          try {
            producer.write(1, new Uint8Array(length));
            if (producer instanceof BroadcastProducer) producer.commit(producer.claim(1, length));
            else {
              const at = producer.tryClaim(1, length);
              if (at >= 0) producer.commit(at);
            }
          } catch (error) {
            // A flag among the junk may say that the ring is closed, a header that a claim is not open.
            expect((error as RingBufferError).code).toMatch(/^(closed|bad-claim)$/);
          }
          expect(intact()).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('memory that is no ring', () => {
  it('is refused, whatever is in it', () => {
    const classes = [OneToOneProducer, OneToOneConsumer, ManyToOneProducer, ManyToOneConsumer, BroadcastConsumer];
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1200 }),
        fc.nat(1300),
        fc.integer({ min: -8, max: 1300 }),
        (bytes, at, length) => {
          const memory = new SharedArrayBuffer(1200);
          new Uint8Array(memory).set(bytes);
          for (const One of classes) {
            let code: string | undefined;
            try {
              new One(memory, at, length);
            } catch (error) {
              expect(error).toBeInstanceOf(RingBufferError);
              code = (error as RingBufferError).code;
            }
            expect(code).toMatch(/^(foreign-layout|insufficient-capacity|out-of-range)$/);
          }
        },
      ),
    );
  });
});
