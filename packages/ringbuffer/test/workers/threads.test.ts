import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  allocateRing,
  backOff,
  busySpin,
  formatRing,
  OneToOneConsumer,
  OneToOneProducer,
  parking,
  type RingKind,
  ringBytes,
  type WaitStrategy,
  yielding,
} from '../../src/index.ts';
import type { Task } from './worker.ts';

/** 2 000 000 by default; `HAWSER_RING_RECORDS=100000000 npx vitest run packages/ringbuffer/test/workers` for the long run. */
const RECORDS = Number(process.env['HAWSER_RING_RECORDS'] ?? 2_000_000);
const CAPACITY = 1 << 16;
const CANARY = 0xa5;
const LONG_MS = 60_000 + RECORDS / 500;

function start(task: Task): Worker {
  return new Worker(new URL('./start.mjs', import.meta.url), { workerData: task });
}

/** What a worker says next. */
async function said<T>(worker: Worker): Promise<T> {
  return (await once(worker, 'message'))[0] as T;
}

/** A ring with canaries around it, and a task on it. */
function surrounded(kind: RingKind, capacity = CAPACITY) {
  const at = 128;
  const length = ringBytes(capacity);
  const memory = new SharedArrayBuffer(at + length + 128);
  const all = new Uint8Array(memory).fill(CANARY);
  formatRing(kind, memory, at, length);
  const intact = () =>
    all.subarray(0, at).every((b) => b === CANARY) && all.subarray(at + length).every((b) => b === CANARY);
  const task = { kind: kind as Task['kind'], memory, at, length };
  return { task, intact };
}

describe('real threads', () => {
  it(`pass ${RECORDS} checksummed records of random size from one to one`, { timeout: LONG_MS }, async () => {
    const { task, intact } = surrounded('one-to-one');
    const consumer = start({ ...task, role: 'consume', records: RECORDS, number: 1 });
    const producer = start({ ...task, role: 'produce', records: RECORDS, number: 1 });
    const [result] = await Promise.all([said(consumer), said(producer)]);
    expect([result, intact()]).toEqual([{ good: RECORDS, bad: 0 }, true]);
  });

  it('pass them through a ring of the smallest size that takes them', { timeout: LONG_MS }, async () => {
    const { task, intact } = surrounded('one-to-one', 1024);
    const records = 100_000;
    const consumer = start({ ...task, role: 'consume', records, number: 1 });
    const producer = start({ ...task, role: 'produce', records, number: 1 });
    const [result] = await Promise.all([said(consumer), said(producer)]);
    expect([result, intact()]).toEqual([{ good: records, bad: 0 }, true]);
  });

  it('pass them from three to one', { timeout: LONG_MS }, async () => {
    const { task, intact } = surrounded('many-to-one');
    const records = Math.ceil(RECORDS / 20);
    const consumer = start({ ...task, role: 'consume', records, number: 3 });
    const producers = [1, 2, 3].map((number) => start({ ...task, role: 'produce', records, number }));
    const [result] = await Promise.all([said(consumer), ...producers.map(said)]);
    expect([result, intact()]).toEqual([{ good: 3 * records, bad: 0 }, true]);
  });

  it('hear a broadcast: whole records, in order, and what is missing told', { timeout: LONG_MS }, async () => {
    const { task, intact } = surrounded('broadcast', 4096);
    const records = Math.ceil(RECORDS / 20);
    const listeners = [1, 2].map((number) => start({ ...task, role: 'listen', records, number }));
    await Promise.all(listeners.map(said));
    const results = listeners.map((listener) => said<Record<'good' | 'bad' | 'lapped' | 'missing', number>>(listener));
    await said(start({ ...task, role: 'broadcast', records, number: 1 }));
    for (const { good, bad, lapped, missing } of await Promise.all(results)) {
      expect(bad).toBe(0);
      // What is missing at the very end is not told by a later record.
      expect(lapped > 0 || good + missing === records).toBe(true);
    }
    expect(intact()).toBe(true);
  });

  it.each(['one-to-one', 'many-to-one'] as const)(
    'are unblocked when one is killed with a claim open: %s',
    async (kind) => {
      const { task, intact } = surrounded(kind);
      const worker = start({ ...task, role: 'die', records: 0, number: 1 });
      await said(worker);
      await worker.terminate();
      const { OneToOneConsumer, ManyToOneConsumer } = await import('../../src/index.ts');
      const Consumer = kind === 'one-to-one' ? OneToOneConsumer : ManyToOneConsumer;
      const consumer = new Consumer(task.memory, task.at, task.length);
      const types: number[] = [];
      const read = () => consumer.read((type) => void types.push(type));
      expect([read(), consumer.unblock(), read(), types, intact()]).toEqual([1, true, 1, [1, 3], true]);
    },
  );
});

describe('a thread that waits', () => {
  const strategies: [string, WaitStrategy][] = [
    ['busy spin', busySpin()],
    ['yielding', yielding()],
    ['back-off', backOff({ spins: 1, yields: 1, minMs: 0.01, maxMs: 0.1 })],
    ['parking', parking()],
    ['spinning, then parking', parking(Number.POSITIVE_INFINITY, 1000)],
  ];

  it.each(strategies)('is woken by the other, there and back: %s', async (_name, strategy) => {
    const length = ringBytes(1024);
    const memory = new SharedArrayBuffer(2 * length);
    for (const at of [0, length]) formatRing('one-to-one', memory, at, length);
    const worker = start({ role: 'echo', kind: 'one-to-one', memory, at: 0, length, records: 0, number: 0 });
    const there = new OneToOneProducer(memory, 0, length);
    const back = new OneToOneConsumer(memory, length, length);
    const sum = { sent: 0, got: 0 };
    for (let i = 1; i <= 50; i++) {
      there.write(i, Uint8Array.of(i));
      sum.sent += i;
      expect(back.wait(strategy)).toBe('ready');
      back.read((type, bytes, offset) => {
        sum.got += type === bytes[offset] ? type : Number.NaN;
      });
    }
    there.close();
    expect([back.wait(strategy), sum.got, await said(worker)]).toEqual(['closed', sum.sent, 50]);
  });

  it('on the event loop is woken by the other thread', async () => {
    const length = ringBytes(1024);
    const memory = new SharedArrayBuffer(2 * length);
    for (const at of [0, length]) formatRing('one-to-one', memory, at, length);
    const worker = start({ role: 'echo', kind: 'one-to-one', memory, at: 0, length, records: 0, number: 0 });
    const there = new OneToOneProducer(memory, 0, length);
    const back = new OneToOneConsumer(memory, length, length);
    const got: number[] = [];
    there.write(1, Uint8Array.of(7));
    for await (const { type, bytes } of back) {
      got.push(type, bytes[0]);
      if (type < 30) there.write(type + 1, Uint8Array.of(type));
      else there.close();
    }
    expect([got.length, got.slice(-2), await said(worker)]).toEqual([60, [30, 29], 30]);
  });
});

it('a strategy that has come to its end says so', () => {
  const consumer = new OneToOneConsumer(allocateRing('one-to-one', 64));
  const ends = [
    busySpin(10),
    yielding(2, 2),
    backOff({ spins: 0, yields: 0, sleeps: 3, minMs: 0.01, maxMs: 0.02 }),
    parking(0.01),
  ];
  expect(ends.map((strategy) => consumer.wait(strategy))).toEqual(Array(4).fill('timed-out'));
  expect(consumer.wait(parking(), AbortSignal.abort())).toBe('aborted');
});
