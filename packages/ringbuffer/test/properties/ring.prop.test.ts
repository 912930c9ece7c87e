import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Action,
  allocateLocalRing,
  allocateRing,
  BroadcastConsumer,
  BroadcastProducer,
  type Consumer,
  formatRing,
  LAPPED,
  ManyToOneConsumer,
  ManyToOneProducer,
  OneToOneConsumer,
  OneToOneProducer,
  type Producer,
  ringBytes,
} from '../../src/index.ts';
import { CACHED_HEAD_AT, CLAIM_AT, HEAD_AT, TAIL_AT } from '../../src/layout.ts';
import { RingModel } from './model.ts';

const CAPACITY = 256;
const CANARY = 0xa5;

/** What is done to the ring and to the model. Which claim, and how, are numbers that always mean something. */
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), length: fc.nat(32), skew: fc.nat(9) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('claim' as const), length: fc.nat(32) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('settle' as const), which: fc.nat(9), abort: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), limit: fc.nat(6) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('controlled' as const), commits: fc.nat(3), abort: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('successors' as const) }) },
);

interface Halves {
  readonly kind: 'one-to-one' | 'many-to-one';
  readonly producer: new (memory: ArrayBuffer | SharedArrayBuffer, at: number, length: number) => Producer;
  readonly consumer: new (memory: ArrayBuffer | SharedArrayBuffer, at: number, length: number) => Consumer;
}

const kinds: Halves[] = [
  { kind: 'one-to-one', producer: OneToOneProducer, consumer: OneToOneConsumer },
  { kind: 'many-to-one', producer: ManyToOneProducer, consumer: ManyToOneConsumer },
];

/** A ring between two stretches of canaries, whose positions begin at `start`. */
function between(kind: Halves['kind'], memory: ArrayBuffer | SharedArrayBuffer, at: number, start: number) {
  const length = ringBytes(CAPACITY);
  const all = new Uint8Array(memory).fill(CANARY);
  formatRing(kind, memory, at, length);
  const words = new Int32Array(memory, at, length / 4);
  for (const field of [TAIL_AT, HEAD_AT, CLAIM_AT, CACHED_HEAD_AT]) words[(CAPACITY + field) / 4] = start;
  const intact = () =>
    all.subarray(0, at).every((b) => b === CANARY) && all.subarray(at + length).every((b) => b === CANARY);
  return { length, intact };
}

describe.each(kinds)('a $kind ring', ({ kind, producer: ProducerClass, consumer: ConsumerClass }) => {
  it.each(['shared', 'local'])('does what the model does, and nothing outside its region: %s memory', (where) => {
    const starts = fc.constantFrom(0, 8, 200, -8, -64, -1024, 2 ** 31 - 8, -(2 ** 31));
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 120 }),
        starts,
        fc.constantFrom(0, 8, 136),
        (operations, start, at) => {
          const bytes = at + ringBytes(CAPACITY) + 64;
          const memory = where === 'shared' ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
          const { length, intact } = between(kind, memory, at, start);
          let producer = new ProducerClass(memory, at, length);
          let consumer = new ConsumerClass(memory, at, length);
          const model = new RingModel(CAPACITY);
          // The model's laps begin where the ring's do.
          const lead = ((start % CAPACITY) + CAPACITY) % CAPACITY;
          for (let i = 0; i < lead / 8; i++) {
            model.claim(1, []);
            model.settle(0, 'committed');
            model.read(1);
          }
          const open: number[] = [];
          const source = new Uint8Array(64);
          const target = new Uint8Array(64);
          let type = 0;
          const fill = (n: number) => Uint8Array.from({ length: n }, (_, i) => (type * 31 + i * 7) & 0xff);
          const seen: { type: number; bytes: number[] }[] = [];
          const take = (t: number, b: Uint8Array, offset: number, n: number) => {
            expect(offset % 8).toBe(0);
            consumer.copyOut(offset, target, t % 9, n);
            expect([...target.subarray(t % 9, (t % 9) + n)]).toEqual([...b.subarray(offset, offset + n)]);
            seen.push({ type: t, bytes: [...b.subarray(offset, offset + n)] });
          };
          for (const step of operations) {
            type++;
            seen.length = 0;
            if (step.kind === 'write') {
              const message = fill(step.length);
              source.set(message, step.skew);
              const fits = model.claim(type, [...message]);
              const whole = step.skew % 3 === 0;
              const wrote = whole
                ? producer.write(type, message)
                : producer.write(type, source, step.skew, step.length);
              expect(wrote).toBe(fits);
              if (fits) model.settle(open.length, 'committed');
            } else if (step.kind === 'claim') {
              const message = fill(step.length);
              const offset = producer.tryClaim(type, step.length);
              expect(offset >= 0).toBe(model.claim(type, [...message]));
              if (offset >= 0) {
                producer.bytes.set(message, offset);
                open.push(offset);
              }
            } else if (step.kind === 'settle' && open.length > 0) {
              const which = step.which % open.length;
              const [offset] = open.splice(which, 1);
              if (step.abort) producer.abort(offset);
              else producer.commit(offset);
              model.settle(which, step.abort ? 'aborted' : 'committed');
            } else if (step.kind === 'read') {
              const count = consumer.read(take, step.limit);
              expect(seen).toEqual(model.read(step.limit));
              expect(count).toBe(seen.length);
            } else if (step.kind === 'controlled') {
              let left = step.commits;
              consumer.controlledRead((...record) => {
                if (left === 0 && step.abort) return Action.abort;
                take(...record);
                return left-- === 0 ? Action.break : Action.commit;
              });
              expect(seen).toEqual(model.read(step.commits + (step.abort ? 0 : 1)));
              if (step.abort) model.read(0);
            } else if (step.kind === 'successors') {
              producer = new ProducerClass(memory, at, length);
              consumer = new ConsumerClass(memory, at, length);
            }
            expect(consumer.fault).toBeUndefined();
            expect(intact()).toBe(true);
          }
          // In the end all that was committed comes out, and all is zero and free again.
          for (const offset of open) producer.commit(offset);
          for (let i = open.length - 1; i >= 0; i--) model.settle(0, 'committed');
          seen.length = 0;
          consumer.read(take);
          expect(seen.map((record) => record.type)).toEqual(
            model.read(Number.POSITIVE_INFINITY).map((record) => record.type),
          );
          expect([consumer.sizeBytes(), consumer.bytes.every((byte) => byte === 0)]).toEqual([0, true]);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a broadcast ring', () => {
  it('gives each consumer a row of records without a gap that it was not told of', () => {
    const step = fc.oneof(
      fc.record({ write: fc.nat(32) }),
      fc.record({ reader: fc.nat(2), limit: fc.integer({ min: 1, max: 5 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), fc.constantFrom(0, -64, -1024), (steps, start) => {
        const memory = allocateRing('broadcast', CAPACITY);
        const words = new Int32Array(memory);
        for (const field of [TAIL_AT, CLAIM_AT]) words[(CAPACITY + field) / 4] = start;
        const producer = new BroadcastProducer(memory);
        const readers = Array.from({ length: 3 }, () => ({
          consumer: new BroadcastConsumer(memory),
          next: 1,
          lost: false,
        }));
        let written = 0;
        for (const one of steps) {
          if ('write' in one) {
            written++;
            producer.write(written, new Uint8Array(one.write).fill(written));
            continue;
          }
          const reader = readers[one.reader];
          const answer = reader.consumer.read((type, bytes, offset, length) => {
            if (reader.lost) expect(type).toBeGreaterThan(reader.next - 1);
            else expect(type).toBe(reader.next);
            reader.lost = false;
            reader.next = type + 1;
            expect(bytes.subarray(offset, offset + length).every((byte) => byte === (type & 0xff))).toBe(true);
          }, one.limit);
          if (answer === LAPPED) reader.lost = true;
          else if (answer < one.limit && !reader.lost) expect(reader.next).toBe(written + 1);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('memory of one thread', () => {
  it('is as good as shared memory to those who do not sleep', () => {
    const lengths = fc.array(fc.nat(32), { maxLength: 60 });
    fc.assert(
      fc.property(lengths, (all) => {
        const given = [allocateRing('one-to-one', CAPACITY), allocateLocalRing('one-to-one', CAPACITY)].map(
          (memory) => {
            const producer = new OneToOneProducer(memory);
            const consumer = new OneToOneConsumer(memory);
            const log: number[] = [];
            for (const length of all) {
              log.push(producer.write(1 + length, new Uint8Array(length)) ? 1 : 0);
              if (length % 5 === 0) log.push(consumer.read((type, _bytes, offset) => void log.push(type, offset)));
            }
            return log;
          },
        );
        expect(given[0]).toEqual(given[1]);
      }),
    );
  });
});
