/**
 * Two threads and a ring: one measures, the other adds up. The producer writes its numbers straight into shared memory;
 * the consumer sleeps while there is nothing, reads in batches, and is told when no more will come.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { allocateRing, OneToOneConsumer, OneToOneProducer } from '@hawser/ringbuffer';

const SAMPLE = 1;
const SAMPLES = 100_000;

function measure(memory: SharedArrayBuffer): void {
  const producer = new OneToOneProducer(memory);
  for (let i = 1; i <= SAMPLES; i++) {
    let at = producer.tryClaim(SAMPLE, 16);
    while (at < 0) {
      producer.wait(16);
      at = producer.tryClaim(SAMPLE, 16);
    }
    producer.view.setFloat64(at, i);
    producer.view.setFloat64(at + 8, 1 / i);
    producer.commit(at);
  }
  producer.close();
}

function addUp(memory: SharedArrayBuffer): void {
  const consumer = new OneToOneConsumer(memory);
  let count = 0;
  let sum = 0;
  while (consumer.wait() === 'ready') {
    consumer.read((_type, _bytes, at) => {
      count++;
      sum += consumer.view.getFloat64(at) * consumer.view.getFloat64(at + 8);
    }, 256);
  }
  if (consumer.fault !== undefined) throw consumer.fault;
  console.log(`${count} samples, sum ${sum.toFixed(3)}`);
}

if (isMainThread) {
  const memory = allocateRing('one-to-one', 1 << 16);
  const thread = new URL('./ringbuffer-thread.mjs', import.meta.url);
  for (const role of ['measure', 'addUp']) {
    new Worker(thread, { workerData: { module: import.meta.url, role, memory } });
  }
} else {
  const { role, memory } = workerData as { role: string; memory: SharedArrayBuffer };
  if (role === 'measure') measure(memory);
  else addUp(memory);
}
