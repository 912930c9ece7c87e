/** One side of a pair of threads that are measured: does a round when it is told to, and reports. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type RingbufModule, requirePeer } from '@hawser/bench';
import { busySpin, OneToOneConsumer, OneToOneProducer, parking, yielding } from '../src/index.ts';

/** What moves the messages. */
export type Carrier = 'ring' | 'ringbuf.js' | 'postMessage' | 'bare wait';

export interface ThreadData {
  readonly carrier: Carrier;
  readonly role: 'produce' | 'consume' | 'echo';
  readonly bytes: number;
  readonly memory: SharedArrayBuffer;
  /** Of the way back, for `echo`. */
  readonly back: SharedArrayBuffer;
  readonly port: MessagePort | undefined;
  readonly spins: boolean;
}

const data = workerData as ThreadData;
const message = new Uint8Array(data.bytes).fill(7);
const copy = new Uint8Array(data.bytes);

type Round = (records: number) => number | Promise<number>;

/** Sends so many messages; the answer is of no interest. */
function producing(): Round {
  if (data.carrier === 'ring') {
    const producer = new OneToOneProducer(data.memory);
    const spin = yielding(Number.POSITIVE_INFINITY, SPINS);
    return (records) => {
      for (let i = 0; i < records; i++) {
        while (!producer.write(1, message, 0, message.length)) producer.wait(message.length, spin);
      }
      return 0;
    };
  }
  if (data.carrier === 'ringbuf.js') {
    const ring = ringbuf();
    return (records) => {
      for (let i = 0; i < records; i++) {
        // All or nothing: its capacity and what is in it are multiples of the message.
        for (let spins = 1; ring.push(message) === 0; spins++) pause(spins);
      }
      return 0;
    };
  }
  return (records) => {
    for (let i = 0; i < records; i++) data.port?.postMessage(message);
    return 0;
  };
}

/** Receives so many messages, each copied out, and answers with the ms from the first to the last. */
function consuming(): Round {
  if (data.carrier === 'ring') {
    const consumer = new OneToOneConsumer(data.memory);
    const spin = yielding(Number.POSITIVE_INFINITY, SPINS);
    const handler = (_type: number, _bytes: Uint8Array, at: number, length: number) => {
      consumer.copyOut(at, copy, 0, length);
    };
    return (records) => {
      consumer.wait(spin);
      const begin = performance.now();
      for (let left = records; left > 0; ) {
        const count = consumer.read(handler, Math.min(left, BATCH));
        if (count === 0) consumer.wait(spin);
        left -= count;
      }
      return performance.now() - begin;
    };
  }
  if (data.carrier === 'ringbuf.js') {
    const ring = ringbuf();
    return (records) => {
      for (let spins = 1; ring.availableRead() < copy.length; spins++) pause(spins);
      const begin = performance.now();
      for (let i = 0; i < records; i++) {
        for (let spins = 1; ring.pop(copy) === 0; spins++) pause(spins);
      }
      return performance.now() - begin;
    };
  }
  return (records) =>
    new Promise((resolve) => {
      let left = records;
      let begin = 0;
      const take = () => {
        if (left === records) begin = performance.now();
        if (--left > 0) return;
        data.port?.off('message', take);
        resolve(performance.now() - begin);
      };
      data.port?.on('message', take);
    });
}

/** Gives so many messages back, one at a time. */
function echoing(): Round {
  if (data.carrier === 'ring') {
    const consumer = new OneToOneConsumer(data.memory);
    const producer = new OneToOneProducer(data.back);
    const strategy = data.spins ? busySpin() : parking();
    const handler = (type: number, bytes: Uint8Array, at: number, length: number) => {
      producer.write(type, bytes, at, length);
    };
    return (records) => {
      for (let left = records; left > 0; ) {
        consumer.wait(strategy);
        left -= consumer.read(handler);
      }
      return 0;
    };
  }
  const there = new Int32Array(data.memory);
  const back = new Int32Array(data.back);
  return (records) => {
    for (let i = 0; i < records; i++) {
      const before = Atomics.load(back, 0);
      Atomics.wait(there, 0, before);
      Atomics.store(back, 0, before + 1);
      Atomics.notify(back, 0);
    }
    return 0;
  };
}

function ringbuf() {
  const peer = requirePeer<RingbufModule>('ringbuf.js');
  if ('unavailable' in peer) throw new Error(peer.unavailable);
  return new peer.module.RingBuffer(data.memory, Uint8Array);
}

/** Offers the processor to others, as `yielding` does. */
function pause(spins: number): void {
  if (spins > SPINS) Atomics.wait(NAP, 0, 0, 0.001);
}

const NAP = new Int32Array(new SharedArrayBuffer(4));
/** Looks before a thread that waits offers its processor to others: never reached where each thread has its own. */
const SPINS = 20_000;
/** Records that are read before their space is given back. */
const BATCH = 256;

const round = { produce: producing, consume: consuming, echo: echoing }[data.role]();
parentPort?.on('message', async (records: number) => {
  parentPort?.postMessage(await round(records));
});
parentPort?.postMessage('ready');
