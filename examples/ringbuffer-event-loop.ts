/**
 * A consumer on the event loop: a thread writes records, the main thread goes on with its own work and takes them with
 * `for await`, without ever being blocked. A signal ends it.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { allocateRing, ManyToOneConsumer, ManyToOneProducer } from '@hawser/ringbuffer';

const THREADS = 2;
const EACH = 5;

if (isMainThread) {
  const memory = allocateRing('many-to-one', 4096);
  for (let thread = 1; thread <= THREADS; thread++) {
    new Worker(new URL('./ringbuffer-thread.mjs', import.meta.url), {
      workerData: { module: import.meta.url, memory, thread },
    });
  }
  const done = new AbortController();
  const text = new TextDecoder();
  const lines: string[] = [];
  let turns = 0;
  const other = setInterval(() => turns++, 1);
  try {
    for await (const { type, bytes } of new ManyToOneConsumer(memory).records({ signal: done.signal })) {
      lines.push(`thread ${type}: ${text.decode(bytes)}`);
      if (lines.length === THREADS * EACH) done.abort();
    }
  } catch (error) {
    if (!done.signal.aborted) throw error;
  }
  clearInterval(other);
  console.log(lines.sort().join('\n'));
  console.log(turns > 0 ? 'and the event loop went round' : 'and the event loop stood still');
} else {
  const { memory, thread } = workerData as { memory: SharedArrayBuffer; thread: number };
  const producer = new ManyToOneProducer(memory);
  const text = new TextEncoder();
  for (let i = 1; i <= EACH; i++) producer.write(thread, text.encode(`line ${i}`));
}
