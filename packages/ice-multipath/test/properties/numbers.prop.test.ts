import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PRIORITY } from '../../src/candidate.ts';
import { Fifo } from '../../src/fifo.ts';
import { LossWindow } from '../../src/loss-window.ts';
import { LOSS_WINDOW } from '../../src/path-snapshot.ts';
import { candidatePriority, clampPriority, pairPriorityHigh, pairPriorityLow } from '../../src/priority.ts';
import { RttEstimator } from '../../src/rtt.ts';

const priority = fc.integer({ min: 1, max: MAX_PRIORITY });

describe('priorities', () => {
  it("a pair's two halves are the 64 bits of RFC 8445 6.1.2.3", () => {
    fc.assert(
      fc.property(priority, priority, (g, d) => {
        const [G, D] = [BigInt(g), BigInt(d)];
        const min = G < D ? G : D;
        const max = G < D ? D : G;
        const expected = 2n ** 32n * min + 2n * max + (G > D ? 1n : 0n);
        expect((BigInt(pairPriorityHigh(g, d)) << 32n) + BigInt(pairPriorityLow(g, d))).toBe(expected);
        expect(pairPriorityLow(g, d)).toBeLessThan(2 ** 32);
      }),
    );
  });

  it('of candidates are 31 bits and order by type first', () => {
    const type = fc.integer({ min: 0, max: 126 });
    const local = fc.integer({ min: 0, max: 65_535 });
    fc.assert(
      fc.property(type, local, type, local, (t1, l1, t2, l2) => {
        const [one, two] = [candidatePriority(t1, l1), candidatePriority(t2, l2)];
        expect(one).toBeLessThanOrEqual(MAX_PRIORITY);
        expect(Math.sign(one - two)).toBe(t1 === t2 ? Math.sign(l1 - l2) : Math.sign(t1 - t2));
      }),
    );
  });

  it('from an attribute are cut to what a priority may be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        expect(clampPriority(value)).toBeGreaterThanOrEqual(1);
        expect(clampPriority(value)).toBeLessThanOrEqual(MAX_PRIORITY);
      }),
    );
  });
});

describe('RttEstimator', () => {
  it('stays between the smallest and the largest sample, and keeps the smallest', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 10_000, noNaN: true }), { minLength: 1 }), (samples) => {
        const rtt = new RttEstimator();
        for (const sample of samples) rtt.sample(sample);
        const [least, most] = [Math.min(...samples), Math.max(...samples)];
        expect(rtt.minMs).toBe(least);
        expect(rtt.lastMs).toBe(samples.at(-1));
        expect(rtt.srttMs).toBeGreaterThanOrEqual(least - 1e-6);
        expect(rtt.srttMs).toBeLessThanOrEqual(most + 1e-6);
        expect(rtt.rttVarMs).toBeGreaterThanOrEqual(0);
        expect(rtt.rttVarMs).toBeLessThanOrEqual(Math.max(most / 2, most - least) + 1e-6);
      }),
    );
  });

  it('follows the arithmetic of RFC 6298 2', () => {
    const rtt = new RttEstimator();
    rtt.sample(100);
    expect([rtt.srttMs, rtt.rttVarMs]).toEqual([100, 50]);
    rtt.sample(200);
    expect([rtt.srttMs, rtt.rttVarMs]).toEqual([112.5, 62.5]);
  });
});

describe('LossWindow', () => {
  it('counts as a list of the last outcomes would', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 3 * LOSS_WINDOW }), (outcomes) => {
        const window = new LossWindow();
        for (const lost of outcomes) window.record(lost);
        const last = outcomes.slice(-LOSS_WINDOW);
        expect(window.count).toBe(last.length);
        expect(window.lostCount).toBe(last.filter(Boolean).length);
        expect(window.ratio).toBe(last.length === 0 ? 0 : window.lostCount / last.length);
      }),
    );
  });
});

describe('Fifo', () => {
  it('is a queue', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 4_000 }), (pushes) => {
        const fifo = new Fifo<number>();
        const model: number[] = [];
        pushes.forEach((push, at) => {
          if (push || at % 3 === 0) {
            fifo.push(at);
            model.push(at);
          } else expect(fifo.shift()).toBe(model.shift());
          expect(fifo.size).toBe(model.length);
        });
        while (model.length > 0) expect(fifo.shift()).toBe(model.shift());
        expect(fifo.shift()).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });
});
