import { type CandidateArrays, NO_PATH, PacketClass } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PacketHints } from '../../src/schedulers/packet-hints.ts';
import { SCHEDULERS } from '../../src/schedulers/registry.ts';
import type { SchedulerServices } from '../../src/schedulers/scheduler.ts';
import { anyNumber, candidatesOf, hostilePaths, type PathNumbers, soundPaths } from '../kit/candidates.ts';

const classes = fc.constantFrom(...Object.values(PacketClass));
const size = fc.integer({ min: 1, max: 1472 });

/** Services that answer with what they are given, sense or not. */
function servicesOf(numbers: readonly number[], packet = new PacketHints()): SchedulerServices {
  const any = (seed: number) => numbers[Math.abs(seed) % numbers.length];
  return {
    weightOf: any,
    staticWeightOf: any,
    sharedEnds: (a, b) => any(a + b),
    primary: () => Math.trunc(any(0)),
    isDoubtful: (path) => any(path) > 1,
    priorityOf: (path) => (['primary', 'normal', 'metered', 'backup'] as const)[path % 4],
    backlogBytes: any,
    peerWindowBytes: () => any(1),
    packet,
  };
}

function eligible(candidates: CandidateArrays, bytes: number): number[] {
  const ids: number[] = [];
  for (let i = 0; i < candidates.count; i++) if (candidates.creditBytes[i] >= bytes) ids.push(candidates.ids[i]);
  return ids;
}

const step = fc.record({
  paths: hostilePaths(12),
  cls: classes,
  bytes: size,
  afterMs: fc.double({ min: 0, max: 1000, noNaN: true }),
  frame: fc.integer({ min: -1, max: 3 }),
  isLast: fc.boolean(),
});

describe.each(Object.keys(SCHEDULERS) as (keyof typeof SCHEDULERS)[])('%s', (name) => {
  it('never chooses what is no candidate or lacks credit, whatever the numbers', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.array(anyNumber, { minLength: 1, maxLength: 9 }),
        (steps, numbers) => {
          const packet = new PacketHints();
          const { chooser, copies } = SCHEDULERS[name](servicesOf(numbers, packet));
          const into = new Int32Array(256);
          let now = 0;
          for (const { paths, cls, bytes, afterMs, frame, isLast } of steps) {
            now += afterMs;
            Object.assign(packet, { frame, isLast });
            const candidates = candidatesOf(paths);
            const path = chooser.choose(now, cls, bytes, candidates);
            if (path === NO_PATH) continue;
            expect(eligible(candidates, bytes)).toContain(path);
            chooser.sent(now, path, bytes);
            const count = copies?.copies(now, cls, bytes, path, candidates, into) ?? 0;
            const copied = [...into.subarray(0, count)];
            expect(new Set([path, ...copied]).size).toBe(count + 1);
            for (const id of copied) expect(candidates.indexOf(id)).toBeGreaterThanOrEqual(0);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('takes 256 paths', () => {
    const paths: PathNumbers[] = [];
    for (let id = 0; id < 256; id++) paths.push({ id, srttMs: 1 + (id % 50), window: 50_000, rateBps: 1e6 });
    const candidates = candidatesOf(paths);
    expect(candidates.count).toBe(256);
    const { chooser } = SCHEDULERS[name](servicesOf([1]));
    for (let i = 0; i < 300; i++) {
      const path = chooser.choose(i, PacketClass.data, 1200, candidates);
      expect(candidates.indexOf(path)).toBeGreaterThanOrEqual(0);
      chooser.sent(i, path, 1200);
    }
  });

  it('waits for a better path only for a while', () => {
    fc.assert(
      fc.property(soundPaths(1, 6), classes, size, (paths, cls, bytes) => {
        const services = servicesOf([1]);
        const scheduler = SCHEDULERS[name]({ ...services, primary: () => 0, priorityOf: () => 'normal' });
        const candidates = candidatesOf(paths);
        if (name === 'single') candidates.creditBytes[0] = bytes;
        fc.pre(eligible(candidates, bytes).length > 0);
        let now = 0;
        let path = scheduler.chooser.choose(now, cls, bytes, candidates);
        // Nothing changes but the time: one wait for every path, 100 ms each.
        for (let waits = 0; path === NO_PATH; waits++) {
          expect(waits).toBeLessThanOrEqual(paths.length);
          const until = scheduler.askAgainAt?.() ?? Number.POSITIVE_INFINITY;
          expect(until).toBeGreaterThan(now);
          expect(until).toBeLessThanOrEqual(now + 100);
          now = until;
          path = scheduler.chooser.choose(now, cls, bytes, candidates);
        }
        expect(eligible(candidates, bytes)).toContain(path);
      }),
      { numRuns: 200 },
    );
  });
});

const WORK_CONSERVING = ['minrtt', 'wrr', 'dwrr', 'inflight', 'redundant', 'adaptive-redundant'] as const;

describe.each(WORK_CONSERVING)('%s', (name) => {
  it('never idles while a path has credit, whatever the numbers', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 30 }),
        fc.array(anyNumber, { minLength: 1, maxLength: 9 }),
        (steps, numbers) => {
          const { chooser } = SCHEDULERS[name](servicesOf(numbers));
          for (const { paths, cls, bytes } of steps) {
            const candidates = candidatesOf(paths);
            const path = chooser.choose(0, cls, bytes, candidates);
            if (eligible(candidates, bytes).length > 0) expect(path).not.toBe(NO_PATH);
            if (path !== NO_PATH) chooser.sent(0, path, bytes);
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
