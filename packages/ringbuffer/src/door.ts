import { WAITING } from './layout.ts';
import type { Region } from './region.ts';

/** How a wait ended. `corrupt` only at a consumer: its `fault` says why. */
export type WaitOutcome = 'ready' | 'closed' | 'corrupt' | 'aborted' | 'timed-out';

/** Something to wait for, and the shared word that changes when it may have come. */
export interface Door {
  readonly region: Region;
  /** Index of the word in the region. */
  readonly word: number;
  /** What the word holds while the waiter sleeps: set by `arm`. */
  readonly armed: number;
  /** How things are; `undefined`: still to be waited for. Changes nothing. */
  poll(): WaitOutcome | undefined;
  /**
   * Asks to be woken, so that nothing that comes afterwards is missed: whoever lets it come changes the word from
   * `armed`, and wakes. Answers as `poll` when it has come already.
   */
  arm(): WaitOutcome | undefined;
}

/**
 * Waiting for a position to move. The flag that asks for waking is a bit of the very word that the other side exchanges
 * in order to publish: it cannot miss the flag, and pays for it nothing while nobody sleeps.
 */
export class PositionDoor implements Door {
  readonly region: Region;
  readonly word: number;
  armed = 0;
  readonly #outcome: (raw: number) => WaitOutcome | undefined;

  /** @param outcome what a raw value of the word, flags included, means to the waiter */
  constructor(region: Region, word: number, outcome: (raw: number) => WaitOutcome | undefined) {
    this.region = region;
    this.word = word;
    this.#outcome = outcome;
  }

  poll(): WaitOutcome | undefined {
    return this.#outcome(Atomics.load(this.region.words, this.word));
  }

  arm(): WaitOutcome | undefined {
    const { words } = this.region;
    const raw = Atomics.load(words, this.word);
    const outcome = this.#outcome(raw);
    if (outcome !== undefined) return outcome;
    this.armed = raw | WAITING;
    // If the word has changed meanwhile, sleeping on it ends at once, and the caller looks again.
    if (raw !== this.armed) Atomics.compareExchange(words, this.word, raw, this.armed);
    return undefined;
  }
}

/**
 * Waiting for records of several producers. Each publishes in a place of its own, so there is one more word, the bell:
 * the waiter sets its flag and looks once more; a producer publishes and then looks at the bell. Whichever came second in
 * the one order of all atomic operations sees the other.
 */
export class BellDoor implements Door {
  readonly region: Region;
  readonly word: number;
  armed = 0;
  readonly poll: () => WaitOutcome | undefined;

  constructor(region: Region, word: number, poll: () => WaitOutcome | undefined) {
    this.region = region;
    this.word = word;
    this.poll = poll;
  }

  arm(): WaitOutcome | undefined {
    this.armed = Atomics.or(this.region.words, this.word, WAITING) | WAITING;
    const outcome = this.poll();
    if (outcome !== undefined) Atomics.and(this.region.words, this.word, ~WAITING);
    return outcome;
  }
}

/** Wakes who sleeps on a word. Called only when the word said that somebody does. */
export function wake(region: Region, word: number): void {
  if (region.shared) Atomics.notify(region.words, word);
  else ringLocally(region, word);
}

/** Runs `woken` once, when `wake` is called for a word of memory that is not shared. */
export function listenLocally(region: Region, word: number, woken: () => void): void {
  const memory = region.words.buffer;
  const key = region.words.byteOffset + 4 * word;
  let bells = localBells.get(memory);
  if (bells === undefined) {
    bells = new Map();
    localBells.set(memory, bells);
  }
  const sleepers = bells.get(key);
  if (sleepers === undefined) bells.set(key, [woken]);
  else sleepers.push(woken);
}

function ringLocally(region: Region, word: number): void {
  const bells = localBells.get(region.words.buffer);
  const key = region.words.byteOffset + 4 * word;
  const sleepers = bells?.get(key) ?? [];
  bells?.delete(key);
  for (const woken of sleepers) woken();
}

/** Atomics.notify knows only shared memory: who waits for memory of one thread is kept here, by memory and byte. */
const localBells = new WeakMap<object, Map<number, (() => void)[]>>();
