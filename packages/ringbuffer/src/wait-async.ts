import { type Door, listenLocally, type WaitOutcome, wake } from './door.ts';
import { RingBufferError } from './errors.ts';

/** Of a wait that leaves the event loop free. */
export interface AsyncWaitOptions {
  /** Ends the wait with `aborted`. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait, in ms; default: without end. Only on shared memory. */
  readonly timeoutMs?: number | undefined;
  /**
   * Called when the wait begins in earnest; what it returns is called when the wait ends. A pending wait on shared
   * memory does not keep a process alive by itself: give something that does, such as the `ref` and `unref` of a port.
   */
  readonly hold?: (() => () => void) | undefined;
}

/** Waits at a door by `Atomics.waitAsync`; on memory of one thread by a call from whoever publishes. */
export async function waitAtAsync(door: Door, options: AsyncWaitOptions): Promise<WaitOutcome> {
  const { signal, timeoutMs = Number.POSITIVE_INFINITY } = options;
  if (signal?.aborted) return 'aborted';
  const first = door.poll();
  if (first !== undefined) return first;
  if (!door.region.shared && timeoutMs !== Number.POSITIVE_INFINITY) {
    throw new RingBufferError('not-shared', 'memory of one thread has no clock: abort by a signal');
  }
  const release = options.hold?.();
  // Waking oneself is the way out: the sleep ends, and the loop below finds the signal.
  const abort = () => wake(door.region, door.word);
  signal?.addEventListener('abort', abort);
  try {
    return await sleepUntil(door, timeoutMs, signal);
  } finally {
    signal?.removeEventListener('abort', abort);
    release?.();
  }
}

async function sleepUntil(door: Door, timeoutMs: number, signal: AbortSignal | undefined): Promise<WaitOutcome> {
  for (;;) {
    const outcome = door.arm();
    if (outcome !== undefined) return outcome;
    const woken = await sleep(door, timeoutMs);
    if (signal?.aborted) return door.poll() ?? 'aborted';
    if (woken === 'timed-out') return door.poll() ?? 'timed-out';
  }
}

function sleep(door: Door, timeoutMs: number): Promise<string> | string {
  if (door.region.shared) {
    return (Atomics as AsyncAtomics).waitAsync(door.region.words, door.word, door.armed, timeoutMs).value;
  }
  return new Promise((resolve) => listenLocally(door.region, door.word, () => resolve('ok')));
}

/** What the library files of ES2023 leave out; Node has had it since 16. */
type AsyncAtomics = typeof Atomics & {
  waitAsync(words: Int32Array, index: number, value: number, timeoutMs: number): { value: Promise<string> | string };
};
