import { NO_FLOW, NO_PATH, type PathState } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RemoteCandidate } from '../../src/candidate.ts';
import { Generation } from '../../src/generation.ts';
import { LocalBase } from '../../src/local-base.ts';
import { CandidatePair } from '../../src/pair.ts';
import { isLive, isUsable, PathTable } from '../../src/path-table.ts';

const CAPACITY = 6;
const generation = new Generation(0, 'user', 'password');
const local = new LocalBase({ base: 0, address: '10.0.0.1', port: 1 }, '1', 65_535);
const remote = new RemoteCandidate({
  address: '10.0.0.2',
  port: 2,
  type: 'host',
  transport: 'udp',
  priority: 1,
  foundation: '1',
});
const pairOn = (flow: number): CandidatePair => new CandidatePair(flow, local, remote, flow, generation, 'controlling');

interface Model {
  now: number;
  /** Flow and state by id. */
  readonly open: Map<number, { flow: number; state: PathState }>;
  readonly freedAt: Map<number, number>;
  nextFlow: number;
}

const LEGAL: Record<PathState, readonly PathState[]> = {
  standby: ['active', 'suspect', 'failed', 'abandoned'],
  active: ['standby', 'suspect', 'failed', 'abandoned'],
  suspect: ['wary', 'failed', 'abandoned'],
  wary: ['active', 'standby', 'suspect', 'failed', 'abandoned'],
  failed: ['abandoned'],
  abandoned: ['discarded'],
  discarded: [],
};

class Open implements fc.Command<Model, PathTable> {
  check(): boolean {
    return true;
  }
  run(model: Model, table: PathTable): void {
    const flow = model.nextFlow++;
    const path = table.open(model.now, pairOn(flow), 'test');
    if (model.open.size === CAPACITY) {
      expect(path).toBe(NO_PATH);
      return;
    }
    expect(model.open.has(path)).toBe(false);
    // A fresh id before one that rests; of those that rested long enough the lowest.
    const rested = [...model.freedAt]
      .filter(([id, at]) => !model.open.has(id) && model.now - at >= 30_000)
      .map(([id]) => id);
    if (rested.length > 0) expect(path).toBe(Math.min(...rested));
    model.open.set(path, { flow, state: 'standby' });
  }
  toString(): string {
    return 'open';
  }
}

class Enter implements fc.Command<Model, PathTable> {
  readonly nth: number;
  readonly next: PathState;
  constructor(nth: number, next: PathState) {
    this.nth = nth;
    this.next = next;
  }
  check(model: Readonly<Model>): boolean {
    return model.open.size > 0;
  }
  run(model: Model, table: PathTable): void {
    const [path, entry] = [...model.open][this.nth % model.open.size];
    if (!LEGAL[entry.state].includes(this.next)) {
      expect(() => table.enter(path, this.next, 'test')).toThrow();
      return;
    }
    table.enter(path, this.next, 'test');
    entry.state = this.next;
    if (this.next !== 'discarded') return;
    table.close(model.now, path);
    model.open.delete(path);
    model.freedAt.set(path, model.now);
  }
  toString(): string {
    return `enter(${this.nth}, ${this.next})`;
  }
}

class Pass implements fc.Command<Model, PathTable> {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, table: PathTable): void {
    model.now += this.ms;
    for (let path = 0; path < CAPACITY; path++) {
      const entry = model.open.get(path);
      expect(table.isOpen(path)).toBe(entry !== undefined);
      expect(table.flowOf(path)).toBe(entry?.flow ?? NO_FLOW);
      if (entry === undefined) continue;
      expect(table.ofFlow(entry.flow)).toBe(path);
      expect(table.state(path)).toBe(entry.state);
    }
    const flows = new Set([...model.open.values()].map(({ flow }) => flow));
    for (let flow = 0; flow < model.nextFlow; flow++) if (!flows.has(flow)) expect(table.ofFlow(flow)).toBe(NO_PATH);
    expect(table.idCount).toBeLessThanOrEqual(CAPACITY);
  }
  toString(): string {
    return `pass(${this.ms})`;
  }
}

const states = Object.keys(LEGAL) as PathState[];

describe('PathTable', () => {
  it('does what a map of ids would', () => {
    const commands = [
      fc.constant(new Open()),
      fc
        .tuple(fc.nat(20), fc.constantFrom(...states, 'abandoned' as const, 'discarded' as const))
        .map(([n, s]) => new Enter(n, s)),
      fc.integer({ min: 0, max: 40_000 }).map((ms) => new Pass(ms)),
    ];
    fc.assert(
      fc.property(fc.commands(commands, { maxCommands: 200, size: 'max' }), (run) => {
        const setup = () => ({
          model: { now: 0, open: new Map(), freedAt: new Map(), nextFlow: 0 } as Model,
          real: new PathTable(CAPACITY),
        });
        fc.modelRun(setup, run);
      }),
      { numRuns: 60 },
    );
  });

  it('calls a path usable only where it is live', () => {
    for (const state of states) if (isUsable(state)) expect(isLive(state)).toBe(true);
    expect(states.filter(isLive)).toEqual(['standby', 'active', 'suspect', 'wary']);
  });
});
