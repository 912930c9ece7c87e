import type { Door, WaitOutcome } from './door.ts';
import { RingBufferError } from './errors.ts';

/**
 * How a thread passes the time until there is something to do: stages, each passed once. It looks `spins` times without
 * a pause, then `yields` times with the shortest sleep there is between, then `sleeps` times with sleeps that double from
 * `minMs` to `maxMs`; last it parks for at most `parkMs` until it is woken. 0 leaves a stage out. When all stages are
 * passed, the wait has timed out.
 *
 * Only the last stage asks to be woken: before that the other side pays nothing and does not know.
 */
export interface WaitStrategy {
  /** Looks. */
  readonly spins: number;
  /** Looks with the shortest sleep between: the processor is offered to others. */
  readonly yields: number;
  /** Looks with growing sleeps between. */
  readonly sleeps: number;
  /** The first of these sleeps, in ms. */
  readonly minMs: number;
  /** The longest of them, in ms. */
  readonly maxMs: number;
  /** How long to park, in ms. */
  readonly parkMs: number;
}

const NOTHING: WaitStrategy = { spins: 0, yields: 0, sleeps: 0, minMs: 0, maxMs: 0, parkMs: 0 };

/** Looks without a pause: the shortest delay, one processor busy. `spins` looks in all. */
export function busySpin(spins = Number.POSITIVE_INFINITY): WaitStrategy {
  return { ...NOTHING, spins };
}

/** Looks 100 times without a pause, then with the shortest sleep between that the system has. */
export function yielding(yields = Number.POSITIVE_INFINITY, spins = 100): WaitStrategy {
  return { ...NOTHING, spins, yields };
}

/** Looks ever less often, down to once in `maxMs`: nobody has to wake this thread, and an idle one costs little. */
export function backOff(
  options: Partial<Pick<WaitStrategy, 'spins' | 'yields' | 'sleeps' | 'minMs' | 'maxMs'>> = {},
): WaitStrategy {
  return { ...NOTHING, spins: 100, yields: 10, sleeps: Number.POSITIVE_INFINITY, minMs: 0.1, maxMs: 4, ...options };
}

/** Sleeps until woken, or for `parkMs`; `spins` looks before that. An idle thread costs nothing. */
export function parking(parkMs = Number.POSITIVE_INFINITY, spins = 0): WaitStrategy {
  return { ...NOTHING, spins, parkMs };
}

/** The sleep between two looks while yielding, in ms: the shortest that is not none. */
const YIELD_MS = 0.001;

/** Waits at a door, blocking the thread. Memory that is not shared changes only in this thread: then it only looks. */
export function waitAt(door: Door, strategy: WaitStrategy, signal: AbortSignal | undefined): WaitOutcome {
  // A signal cannot fire while its thread is blocked here, so this is the one time to look at it.
  if (signal?.aborted) return 'aborted';
  const first = door.poll();
  if (first !== undefined) return first;
  if (!door.region.shared) throw new RingBufferError('not-shared', 'nobody else can let this wait end');
  for (let i = 1; i < strategy.spins; i++) {
    const outcome = door.poll();
    if (outcome !== undefined) return outcome;
  }
  for (let i = 0; i < strategy.yields; i++) {
    Atomics.wait(NAP, 0, 0, YIELD_MS);
    const outcome = door.poll();
    if (outcome !== undefined) return outcome;
  }
  let sleepMs = strategy.minMs;
  for (let i = 0; i < strategy.sleeps; i++) {
    Atomics.wait(NAP, 0, 0, sleepMs);
    const outcome = door.poll();
    if (outcome !== undefined) return outcome;
    sleepMs = Math.min(2 * sleepMs, strategy.maxMs);
  }
  return strategy.parkMs > 0 ? park(door, strategy.parkMs) : 'timed-out';
}

function park(door: Door, parkMs: number): WaitOutcome {
  for (;;) {
    const outcome = door.arm();
    if (outcome !== undefined) return outcome;
    if (Atomics.wait(door.region.words, door.word, door.armed, parkMs) === 'timed-out') {
      return door.poll() ?? 'timed-out';
    }
  }
}

/** Nobody ever changes or notifies this: sleeping on it is sleeping. */
const NAP = new Int32Array(new SharedArrayBuffer(4));
