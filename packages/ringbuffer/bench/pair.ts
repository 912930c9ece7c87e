/** Pairs of threads for the bench: started at the first round, kept for the others, and no reason for a process to stay. */
import { once } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import { type RingbufModule, requirePeer } from '@hawser/bench';
import { allocateRing, busySpin, OneToOneConsumer, OneToOneProducer, parking } from '../src/index.ts';
import type { Carrier, ThreadData } from './thread.ts';

/** Bytes for records of every ring that is measured, ours and others'. */
export const CAPACITY = 1 << 17;

export function ringbufMemory(): SharedArrayBuffer {
  const peer = requirePeer<RingbufModule>('ringbuf.js');
  if ('unavailable' in peer) throw new Error(peer.unavailable);
  return peer.module.RingBuffer.getStorageForCapacity(CAPACITY, Uint8Array);
}

/** Messages per second from one thread to another, each copied in and copied out: one round per call. */
export function throughput(carrier: Carrier, bytes: number, records: number): () => Promise<number> {
  let threads: Promise<Worker[]> | undefined;
  const start = async () => {
    const { port1, port2 } = new MessageChannel();
    const memory = carrier === 'ringbuf.js' ? ringbufMemory() : allocateRing('one-to-one', CAPACITY);
    const data = { carrier, bytes, memory, back: memory, spins: true };
    return Promise.all([
      startThread({ ...data, role: 'consume', port: port1 }),
      startThread({ ...data, role: 'produce', port: port2 }),
    ]);
  };
  return async () => {
    threads ??= start();
    const [consumer, producer] = await threads;
    const [elapsedMs] = await Promise.all([roundOf(consumer, records), roundOf(producer, records)]);
    return (records * 1000) / elapsedMs;
  };
}

/** The median of round trips of a message of 8 bytes to a thread and back, in microseconds: one round per call. */
export function pingPong(carrier: 'ring' | 'bare wait', spins: boolean, trips: number): () => Promise<number> {
  let started: Promise<{ echo: Worker; trip: (i: number) => void }> | undefined;
  const start = async () => {
    const make = () => (carrier === 'ring' ? allocateRing('one-to-one', 1024) : new SharedArrayBuffer(4));
    const [memory, back] = [make(), make()];
    const echo = await startThread({ carrier, role: 'echo', bytes: 8, memory, back, port: undefined, spins });
    return { echo, trip: carrier === 'ring' ? ringTrip(memory, back, spins) : bareTrip(memory, back) };
  };
  const times = new Float64Array(trips);
  return async () => {
    started ??= start();
    const { echo, trip } = await started;
    const done = roundOf(echo, trips);
    for (let i = 0; i < trips; i++) {
      const begin = performance.now();
      trip(i);
      times[i] = performance.now() - begin;
    }
    await done;
    return 1000 * times.toSorted()[trips >> 1];
  };
}

function ringTrip(memory: SharedArrayBuffer, back: SharedArrayBuffer, spins: boolean): () => void {
  const producer = new OneToOneProducer(memory);
  const consumer = new OneToOneConsumer(back);
  const strategy = spins ? busySpin() : parking();
  const message = new Uint8Array(8);
  const handler = () => {};
  return () => {
    producer.write(1, message, 0, 8);
    while (consumer.read(handler) === 0) consumer.wait(strategy);
  };
}

function bareTrip(memory: SharedArrayBuffer, back: SharedArrayBuffer): () => void {
  const there = new Int32Array(memory);
  const answer = new Int32Array(back);
  return () => {
    const before = Atomics.load(there, 0);
    Atomics.store(there, 0, before + 1);
    Atomics.notify(there, 0);
    Atomics.wait(answer, 0, before);
  };
}

async function startThread(data: ThreadData): Promise<Worker> {
  const transferList = data.port === undefined ? [] : [data.port];
  const worker = new Worker(new URL('./start.mjs', import.meta.url), { workerData: data, transferList });
  await once(worker, 'message');
  worker.unref();
  return worker;
}

async function roundOf(worker: Worker, records: number): Promise<number> {
  worker.ref();
  const answer = once(worker, 'message');
  worker.postMessage(records);
  const [value] = await answer;
  worker.unref();
  return value as number;
}
