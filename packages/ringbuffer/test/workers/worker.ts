/** A thread of the tests: does what `workerData` says, and reports once. */
import { parentPort, workerData } from 'node:worker_threads';
import {
  BroadcastConsumer,
  BroadcastProducer,
  type Consumer,
  INSUFFICIENT_CAPACITY,
  LAPPED,
  ManyToOneConsumer,
  ManyToOneProducer,
  OneToOneConsumer,
  OneToOneProducer,
  type Producer,
  parking,
} from '../../src/index.ts';
import { RecordStream } from './records.ts';

export interface Task {
  readonly role: 'produce' | 'consume' | 'broadcast' | 'listen' | 'echo' | 'die';
  readonly kind: 'one-to-one' | 'many-to-one';
  readonly memory: SharedArrayBuffer;
  readonly at: number;
  readonly length: number;
  readonly records: number;
  /** Which producer this is, from 1, or how many there are. */
  readonly number: number;
}

const task = workerData as Task;
const strategy = parking(Number.POSITIVE_INFINITY, 200);
const region = [task.memory, task.at, task.length] as const;
const producerOf = (): Producer =>
  task.kind === 'one-to-one' ? new OneToOneProducer(...region) : new ManyToOneProducer(...region);
const consumerOf = (): Consumer =>
  task.kind === 'one-to-one' ? new OneToOneConsumer(...region) : new ManyToOneConsumer(...region);

/** Writes its records, every fourth by a claim, every 64th of those aborted first. */
function produce(): number {
  const producer = producerOf();
  const stream = new RecordStream(task.number);
  for (let i = 0; i < task.records; i++) {
    stream.next();
    if (i % 4 === 0) {
      let at = claim(producer, stream.length);
      if (i % 64 === 0) {
        producer.abort(at);
        at = claim(producer, stream.length);
      }
      for (let b = 0; b < stream.length; b++) producer.bytes[at + b] = stream.bytes[b];
      producer.commit(at);
    } else {
      while (!producer.write(task.number, stream.bytes, 0, stream.length)) producer.wait(stream.length, strategy);
    }
  }
  return task.records;
}

function claim(producer: Producer, length: number): number {
  for (;;) {
    const at = producer.tryClaim(task.number, length);
    if (at !== INSUFFICIENT_CAPACITY) return at;
    producer.wait(length, strategy);
  }
}

/** Reads the records of `number` producers, and compares each with what its producer drew. */
function consume(): { good: number; bad: number } {
  const consumer = consumerOf();
  const streams = Array.from({ length: task.number }, (_, i) => new RecordStream(i + 1));
  let good = 0;
  let bad = 0;
  const handler = (type: number, bytes: Uint8Array, offset: number, length: number) => {
    const stream = streams[type - 1];
    stream.next();
    if (stream.is(consumer.view, bytes, offset, length)) good++;
    else bad++;
  };
  const all = task.records * task.number;
  while (good + bad < all && consumer.fault === undefined) {
    if (consumer.read(handler, 64) === 0) consumer.wait(strategy);
  }
  return { good, bad };
}

function broadcast(): number {
  const producer = new BroadcastProducer(...region);
  const stream = new RecordStream(1);
  for (let i = 0; i < task.records; i++) {
    stream.next();
    producer.write(i + 1, stream.bytes, 0, stream.length);
  }
  producer.close();
  return task.records;
}

/** Follows a broadcast: records have to be whole, and in order; what is missing, told. */
function listen(): { good: number; bad: number; lapped: number; missing: number } {
  const consumer = new BroadcastConsumer(...region);
  parentPort?.postMessage('listening');
  const stream = new RecordStream(1);
  const copy = new DataView(new ArrayBuffer(256));
  const result = { good: 0, bad: 0, lapped: 0, missing: 0 };
  let last = 0;
  let told = false;
  for (;;) {
    const answer = consumer.read((type, bytes, offset, length) => {
      if (type <= last || (type !== last + 1 && !told)) result.bad++;
      result.missing += type - last - 1;
      for (; last < type; last++) stream.next();
      told = false;
      for (let i = 0; i < length; i++) copy.setUint8(i, bytes[offset + i]);
      if (stream.is(copy, new Uint8Array(copy.buffer), 0, length)) result.good++;
      else result.bad++;
    }, 64);
    if (answer === LAPPED) told = true;
    else if (answer <= 0 && consumer.wait(strategy) !== 'ready') break;
  }
  result.lapped = consumer.lapped;
  return result;
}

/** Gives back on its own ring what comes in on the other, until that is closed. */
function echo(): number {
  const consumer = new OneToOneConsumer(task.memory, 0, task.length);
  const producer = new OneToOneProducer(task.memory, task.length, task.length);
  let count = 0;
  while (consumer.wait() === 'ready') {
    consumer.read((type, bytes, offset, length) => {
      count++;
      producer.write(type, bytes, offset, length);
    });
  }
  producer.close();
  return count;
}

/** Leaves an open claim behind, and records that wait for it. */
function die(): void {
  const producer = producerOf();
  producer.write(1, Uint8Array.of(1));
  producer.tryClaim(2, 5);
  producer.write(3, Uint8Array.of(3));
  parentPort?.postMessage('claimed');
  // Sleeps until it is killed.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

parentPort?.postMessage({ produce, consume, broadcast, listen, echo, die }[task.role]());
