import { type InstrumentedPackage, instrumentedPackage, type Leader, type Led, type Step } from './instrument.ts';

/** A thread: a body that is led step by step. What it returns is its part of the outcome. */
export type Body = () => Led<string>;

/** What is explored: a fresh ring and the threads on it, made anew for every run. */
export interface Scenario {
  readonly memory: SharedArrayBuffer;
  readonly threads: readonly Body[];
  /** Runs alone when all threads have ended; adds to the outcome. */
  readonly after?: Body;
}

export interface Exploration {
  /** Every outcome that was reached: the threads' results, joined by ` | `. */
  readonly outcomes: ReadonlySet<string>;
  readonly states: number;
}

export interface ExploreOptions {
  /** Threads that may be killed: in every state that is reached, the run in which they take no further step is added. */
  readonly mortal?: readonly number[];
  /** Whether two threads may be about to touch the same bytes, one of them writing, not both by Atomics. Default: no. */
  readonly racesAllowed?: boolean;
}

/** The package as generators; its steps are led by the run that is on. */
export const instrumented: InstrumentedPackage = instrumentedPackage(() => running);

let running: Leader;

/**
 * Leads the threads of a scenario through every interleaving of their steps, and collects the outcomes.
 *
 * Two runs that come to the same state go on alike, so each state is left by each thread once. A state is the memory and
 * where each thread is; a thread has nothing but what it read, so that says where it is.
 *
 * This is the whole of what may happen, not a part of it: memory here is sequentially consistent, and it is so on every
 * machine for a program without data races (the memory model of ECMAScript, "SC-DRF"). Races are looked for in every
 * state: two threads about to touch the same bytes, one of them writing, not both by Atomics.
 *
 * @throws Error with the schedule, on a race, on threads that sleep for ever, or whatever a thread throws
 */
export function explore(make: () => Scenario, options: ExploreOptions = {}): Exploration {
  const outcomes = new Set<string>();
  const seen = new Set<string>();
  const schedules: number[][] = [[]];
  for (let schedule = schedules.pop(); schedule !== undefined; schedule = schedules.pop()) {
    const run = new Run(make());
    for (const thread of schedule) run.advance(thread);
    // On along the first thread that can go; the others are left for later.
    for (;;) {
      const key = run.key();
      if (seen.has(key)) break;
      seen.add(key);
      if (seen.size > MOST_STATES) throw new Error(`more than ${MOST_STATES} states: a thread goes round in circles`);
      if (!options.racesAllowed) run.refuseRaces(schedule);
      if (options.mortal !== undefined) outcomes.add(killed(make, schedule, options.mortal));
      const able = run.able();
      if (able.length === 0) {
        outcomes.add(run.outcome(schedule));
        break;
      }
      for (const thread of able.slice(1)) schedules.push([...schedule, thread]);
      schedule.push(able[0]);
      run.advance(able[0]);
    }
  }
  return { outcomes, states: seen.size };
}

/** The steps of a thread that is led alone, in order. */
export function alone(memory: SharedArrayBuffer, body: Led<unknown>): Step[] {
  running = { memory, took: () => {}, notified: () => {} };
  const steps: Step[] = [];
  for (let next = body.next(); !next.done; next = body.next()) steps.push(next.value);
  return steps;
}

function killed(make: () => Scenario, schedule: readonly number[], mortal: readonly number[]): string {
  const run = new Run(make());
  for (const thread of schedule) run.advance(thread);
  const living = () => run.able().filter((thread) => !mortal.includes(thread));
  for (let able = living(); able.length > 0; able = living()) run.advance(able[0]);
  return run.outcome(schedule, mortal);
}

class Run implements Leader {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #after: Body | undefined;
  readonly #bodies: Led<string>[];
  /** The step that each thread is about to take; `undefined` when it has ended. */
  readonly #pending: (Step | undefined)[] = [];
  readonly #results: string[] = [];
  /** What each thread has read, as two hashes. */
  readonly #history: Int32Array;
  /** Where each thread sleeps, or -1. */
  readonly #asleep: number[] = [];
  #current = 0;

  constructor(scenario: Scenario) {
    this.memory = scenario.memory;
    this.#words = new Int32Array(scenario.memory);
    this.#after = scenario.after;
    this.#history = new Int32Array(2 * scenario.threads.length + 2);
    running = this;
    this.#bodies = scenario.threads.map((body) => body());
    this.#bodies.forEach((_, thread) => {
      this.#asleep.push(-1);
      this.#go(thread);
    });
  }

  /** Takes the step that a thread is about to take. */
  advance(thread: number): void {
    running = this;
    const step = this.#pending[thread];
    if (step?.sleepsOn !== undefined && this.#asleep[thread] === -1) {
      if (this.#words[step.from >> 2] === step.sleepsOn) {
        this.#asleep[thread] = step.from;
        return;
      }
    }
    this.#asleep[thread] = -1;
    this.#current = thread;
    this.took(1);
    this.#go(thread);
  }

  took(value: number | bigint): void {
    const at = 2 * this.#current;
    const low = Number(BigInt.asIntN(32, BigInt(value)));
    this.#history[at] = Math.imul(this.#history[at] ^ low, 0x01000193) + 0x9e3779b9;
    this.#history[at + 1] = Math.imul(this.#history[at + 1] + low, 0x85ebca6b) ^ (this.#history[at] >>> 13);
  }

  notified(byte: number): void {
    for (let thread = 0; thread < this.#asleep.length; thread++) {
      // Awake, and about to find out: told apart from asleep by the next advance, which lets it go on.
      if (this.#asleep[thread] === byte) this.#asleep[thread] = WOKEN;
    }
  }

  /** Threads that can take a step. */
  able(): number[] {
    return this.#bodies.flatMap((_, thread) =>
      this.#pending[thread] !== undefined && (this.#asleep[thread] === -1 || this.#asleep[thread] === WOKEN)
        ? [thread]
        : [],
    );
  }

  key(): string {
    let [a, b] = [0x811c9dc5 | 0, 0];
    for (const word of this.#words) {
      a = Math.imul(a ^ word, 0x01000193) | 0;
      b = (Math.imul(b + word, 0x85ebca6b) ^ (b >>> 15)) | 0;
    }
    return `${a},${b},${this.#history.join()},${this.#asleep.join()}`;
  }

  refuseRaces(schedule: readonly number[]): void {
    for (let i = 0; i < this.#pending.length; i++) {
      for (let j = i + 1; j < this.#pending.length; j++) {
        const [one, other] = [this.#pending[i], this.#pending[j]];
        if (one === undefined || other === undefined || one.to <= other.from || other.to <= one.from) continue;
        if ((one.writes || other.writes) && !(one.atomic && other.atomic)) {
          throw new Error(`a race of ${one.text} and ${other.text} after ${schedule.join('')}`);
        }
      }
    }
  }

  outcome(schedule: readonly number[], dead: readonly number[] = []): string {
    const results = this.#bodies.map((_, thread) => {
      if (dead.includes(thread)) return 'dead';
      if (this.#pending[thread] !== undefined)
        throw new Error(`thread ${thread} sleeps for ever after ${schedule.join('')}`);
      return this.#results[thread];
    });
    if (this.#after === undefined) return results.join(' | ');
    this.#current = this.#bodies.length;
    const body = this.#after();
    for (;;) {
      const { done, value } = body.next();
      if (done) return [...results, value].join(' | ');
    }
  }

  #go(thread: number): void {
    this.#current = thread;
    const { done, value } = this.#bodies[thread].next();
    this.#pending[thread] = done ? undefined : value;
    if (done) this.#results[thread] = value;
  }
}

const WOKEN = -2;
/** More than the largest scenario comes to. */
const MOST_STATES = 60_000;
