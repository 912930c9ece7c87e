import type { Bench, BenchCase, BenchPeer, PeerSource } from '@hawser/bench';
import { type RingbufModule, requirePeer } from '@hawser/bench';
import { allocateRing, OneToOneConsumer, OneToOneProducer } from '../src/index.ts';
import { CAPACITY, pingPong, ringbufMemory, throughput } from './pair.ts';

/** Passes of filling and draining the ring per round of a case in one thread. */
const PASSES = 20;
/** Passes before the first round. */
const WARM_PASSES = 50;

/** Our ring in one thread: fills it, and drains it. */
function ours(bytes: number) {
  const memory = allocateRing('one-to-one', CAPACITY);
  const producer = new OneToOneProducer(memory);
  const consumer = new OneToOneConsumer(memory);
  const message = new Uint8Array(bytes).fill(7);
  const copy = new Uint8Array(bytes);
  const handler = (_type: number, _bytes: Uint8Array, at: number, length: number) => {
    consumer.copyOut(at, copy, 0, length);
  };
  return {
    count: Math.floor(CAPACITY / (bytes + 8)) - 1,
    write: (count: number) => {
      for (let i = 0; i < count; i++) producer.write(1, message, 0, message.length);
    },
    read: () => void consumer.read(handler),
  };
}

/** ringbuf.js in one thread, doing the same: each message copied in, and copied out. */
function ringbuf(bytes: number) {
  const peer = requirePeer<RingbufModule>('ringbuf.js');
  if ('unavailable' in peer) throw new Error(peer.unavailable);
  const ring = new peer.module.RingBuffer(ringbufMemory(), Uint8Array);
  const message = new Uint8Array(bytes).fill(7);
  const copy = new Uint8Array(bytes);
  return {
    count: Math.floor(CAPACITY / bytes) - 1,
    write: (count: number) => {
      for (let i = 0; i < count; i++) ring.push(message);
    },
    read: (count: number) => {
      for (let i = 0; i < count; i++) ring.pop(copy);
    },
  };
}

/** Nanoseconds per message of one half, while the other half makes room or records between the timed stretches. */
function timed(side: ReturnType<typeof ours> | ReturnType<typeof ringbuf>, half: 'write' | 'read'): () => number {
  let warm = false;
  return () => {
    let elapsedMs = 0;
    // The runner warms up what it times itself; this times itself.
    for (let pass = warm ? 0 : -WARM_PASSES; pass < PASSES; pass++) {
      const begin = performance.now();
      side.write(side.count);
      const middle = performance.now();
      side.read(side.count);
      if (pass >= 0) elapsedMs += half === 'write' ? middle - begin : performance.now() - middle;
    }
    warm = true;
    return (elapsedMs * 1e6) / (PASSES * side.count);
  };
}

/** ringbuf.js as a peer, or why it cannot be had. */
function ringbufPeer(measure: () => () => number | Promise<number>): PeerSource {
  return () => {
    const peer = requirePeer<RingbufModule>('ringbuf.js');
    return 'unavailable' in peer ? peer : { version: peer.version, measure: measure() };
  };
}

const node = (measure: () => Promise<number>): BenchPeer => ({ version: process.versions.node, measure });

function oneThread(half: 'write' | 'read', bytes: number): BenchCase {
  return {
    name: `one thread, ${half} ${bytes} bytes`,
    unit: 'ns/op',
    lowerIsBetter: true,
    measure: timed(ours(bytes), half),
    peers: { 'ringbuf.js': ringbufPeer(() => timed(ringbuf(bytes), half)) },
    ...(bytes === 64 ? { target: { peer: 'ringbuf.js', times: 2.5 } } : {}),
  };
}

/** Writes and reads as many as fit, again and again: for the heap. */
function both(bytes: number): BenchCase {
  const { count, write, read } = ours(bytes);
  return {
    name: `one thread, write and read ${bytes} bytes`,
    unit: 'ns/op',
    lowerIsBetter: true,
    fn: (iterations) => {
      for (let left = iterations; left > 0; left -= count) {
        write(Math.min(left, count));
        read();
      }
    },
    allocation: { atMost: 0 },
  };
}

function twoThreads(bytes: number, records: number, times: { 'ringbuf.js': number; postMessage: number }): BenchCase[] {
  const row = (peer: keyof typeof times): BenchCase => ({
    name: `two threads, ${bytes} bytes, beside ${peer}`,
    unit: 'messages/s',
    lowerIsBetter: false,
    measure: throughput('ring', bytes, records),
    target: { peer, times: times[peer] },
    peers: {
      [peer]:
        peer === 'ringbuf.js'
          ? ringbufPeer(() => throughput('ringbuf.js', bytes, records))
          : node(throughput('postMessage', bytes, Math.min(records, 50_000))),
    },
  });
  return [row('ringbuf.js'), row('postMessage')];
}

/** One producer and one consumer; the messages are copied in and copied out by all alike. */
export const benches: Bench[] = [
  {
    name: 'ringbuffer',
    cases: [
      oneThread('write', 64),
      oneThread('read', 64),
      oneThread('write', 1024),
      oneThread('read', 1024),
      both(64),
      both(1024),
      ...twoThreads(64, 1_000_000, { 'ringbuf.js': 2, postMessage: 20 }),
      ...twoThreads(1024, 200_000, { 'ringbuf.js': 1.7, postMessage: 4 }),
      {
        name: 'round trip, parked, p50',
        unit: 'us',
        lowerIsBetter: true,
        measure: pingPong('ring', false, 4000),
        // At most 1.2 times as long.
        target: { peer: 'bare Atomics.wait', times: 1 / 1.2 },
        peers: { 'bare Atomics.wait': node(pingPong('bare wait', false, 4000)) },
      },
      {
        name: 'round trip, spinning, p50',
        unit: 'us',
        lowerIsBetter: true,
        measure: pingPong('ring', true, 20_000),
        target: { value: 1 },
      },
    ],
  },
];
