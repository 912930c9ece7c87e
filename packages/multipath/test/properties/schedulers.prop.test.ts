import { CandidateArrays, NO_PATH, PacketClass, type PathCandidates } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DwrrChooser } from '../../src/schedulers/dwrr.ts';
import { MinRttChooser } from '../../src/schedulers/min-rtt.ts';

function candidatesOf(paths: { id: number; srttMs?: number; credit?: number }[]): PathCandidates {
  const candidates = new CandidateArrays();
  for (const { id, srttMs, credit } of paths) {
    const i = candidates.add(id);
    candidates.srttMs[i] = srttMs ?? 10;
    if (credit !== undefined) candidates.creditBytes[i] = credit;
  }
  return candidates;
}

const weight = fc.double({ min: 0.1, max: 10, noNaN: true });
const size = fc.integer({ min: 40, max: 1200 });

describe('byte-deficit weighted round robin', () => {
  it('shares bytes in proportion to the weights, whatever the packet sizes', () => {
    fc.assert(
      fc.property(
        fc.array(weight, { minLength: 1, maxLength: 8 }),
        fc.array(size, { minLength: 1, maxLength: 20 }),
        (weights, sizes) => {
          const chooser = new DwrrChooser((path) => weights[path]);
          const candidates = candidatesOf(weights.map((_, id) => ({ id })));
          const bytes = weights.map(() => 0);
          for (let i = 0; i < 4000; i++) {
            const n = sizes[i % sizes.length];
            const path = chooser.choose(0, PacketClass.data, n, candidates);
            chooser.sent(0, path, n);
            bytes[path] += n;
          }
          const total = bytes.reduce((a, b) => a + b);
          const weightSum = weights.reduce((a, b) => a + b);
          // A path may run ahead or behind by its bounded deficit: a few packets, whatever the time.
          for (let i = 0; i < weights.length; i++) {
            expect(Math.abs(bytes[i] - (total * weights[i]) / weightSum)).toBeLessThan(
              8 * 1200 * Math.max(1, ...weights),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('always chooses a path with credit when there is one, and none when there is not', () => {
    const path = fc.record({ credit: fc.integer({ min: 0, max: 3000 }), weight });
    fc.assert(
      fc.property(fc.array(path, { maxLength: 8 }), fc.array(size, { maxLength: 200 }), (paths, sizes) => {
        const chooser = new DwrrChooser((id) => paths[id].weight);
        const candidates = candidatesOf(paths.map((p, id) => ({ id, credit: p.credit })));
        for (const n of sizes) {
          const chosen = chooser.choose(0, PacketClass.data, n, candidates);
          if (paths.some((p) => p.credit >= n)) expect(paths[chosen].credit).toBeGreaterThanOrEqual(n);
          else expect(chosen).toBe(NO_PATH);
          if (chosen !== NO_PATH) chooser.sent(0, chosen, n);
        }
      }),
    );
  });

  it('a path that was without credit for long does not take everything when it opens', () => {
    const chooser = new DwrrChooser(() => 1);
    const blocked = candidatesOf([{ id: 0 }, { id: 1, credit: 0 }]);
    const open = candidatesOf([{ id: 0 }, { id: 1 }]);
    for (let i = 0; i < 1000; i++) chooser.sent(0, chooser.choose(0, PacketClass.data, 1200, blocked), 1200);
    const after = [0, 0];
    for (let i = 0; i < 100; i++) {
      const path = chooser.choose(0, PacketClass.data, 1200, open);
      chooser.sent(0, path, 1200);
      after[path]++;
    }
    expect(after[1]).toBeLessThanOrEqual(58);
  });

  it('the first packet of all leaves by the heaviest path', () => {
    fc.assert(
      fc.property(fc.uniqueArray(weight, { minLength: 2, maxLength: 8 }), (weights) => {
        const chooser = new DwrrChooser((path) => weights[path]);
        const first = chooser.choose(0, PacketClass.data, 100, candidatesOf(weights.map((_, id) => ({ id }))));
        expect(weights[first]).toBe(Math.max(...weights));
      }),
    );
  });
});

describe('the redundant chooser', () => {
  it('gives the first copy to the eligible path with the lowest round-trip time', () => {
    const path = fc.record({ credit: fc.integer({ min: 0, max: 3000 }), srttMs: fc.integer({ min: 1, max: 500 }) });
    fc.assert(
      fc.property(fc.array(path, { maxLength: 8 }), size, (paths, n) => {
        const chosen = new MinRttChooser().choose(
          0,
          PacketClass.audio,
          n,
          candidatesOf(paths.map((p, id) => ({ id, ...p }))),
        );
        const eligible = paths.filter((p) => p.credit >= n);
        if (eligible.length === 0) expect(chosen).toBe(NO_PATH);
        else expect(paths[chosen].srttMs).toBe(Math.min(...eligible.map((p) => p.srttMs)));
      }),
    );
  });
});
