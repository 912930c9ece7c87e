import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BottleneckDetector, DelayDifference, RateMeter } from '../../src/index.ts';

describe('RateMeter', () => {
  it('agrees with counting what is in the window, to a bucket', () => {
    const events = fc.array(
      fc.record({ afterMs: fc.integer({ min: 0, max: 400 }), bytes: fc.integer({ min: 0, max: 1500 }) }),
      {
        minLength: 1,
        maxLength: 200,
      },
    );
    fc.assert(
      fc.property(events, (all) => {
        const meter = new RateMeter(500);
        const sent: { at: number; bytes: number }[] = [];
        let now = 1000;
        for (const { afterMs, bytes } of all) {
          now += afterMs;
          meter.add(now, bytes);
          sent.push({ at: now, bytes });
          // Before the first window is full it is shorter.
          if (now < sent[0].at + 500) continue;
          const within = (ms: number) => sent.reduce((sum, one) => sum + (one.at > now - ms ? one.bytes : 0), 0);
          const got = (meter.bps(now) * 500) / 8000;
          expect(got).toBeGreaterThanOrEqual(within(490) - 1e-6);
          expect(got).toBeLessThanOrEqual(within(510) + 1e-6);
        }
      }),
    );
  });
});

describe('DelayDifference', () => {
  it('keeps delays within the round trips, and their differences exact', () => {
    const path = fc.record({ there: fc.integer({ min: 0, max: 300 }), back: fc.integer({ min: 1, max: 300 }) });
    fc.assert(
      fc.property(
        fc.array(path, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: -1e9, max: 1e9 }),
        (paths, offset) => {
          const d = new DelayDifference();
          for (const [id, { there, back }] of paths.entries()) {
            d.handleArrived(100, id, 50, 50 + there + offset);
            d.handleRtt(100, id, there + back);
          }
          for (const [id, { there, back }] of paths.entries()) {
            const delay = d.delayMs(100, id);
            expect(delay).toBeGreaterThanOrEqual(0);
            expect(delay).toBeLessThanOrEqual(there + back);
            expect(d.differenceMs(100, id, 0)).toBeCloseTo(there - paths[0].there, 6);
            // Off by no more than half of the tightest bounds.
            const slack = Math.min(...paths.map((one) => one.there)) + Math.min(...paths.map((one) => one.back));
            expect(Math.abs(delay - there)).toBeLessThanOrEqual(slack / 2 + 1e-6);
          }
        },
      ),
    );
  });
});

describe('BottleneckDetector', () => {
  it('gives groups of two or more, whatever it is told', () => {
    const sample = fc.record({
      path: fc.integer({ min: 0, max: 20 }),
      afterMs: fc.integer({ min: 0, max: 60 }),
      delay: fc.double({ min: -1e6, max: 1e6 }),
      lost: fc.boolean(),
      gone: fc.integer({ min: 0, max: 200 }),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 300 }), (all) => {
        const detector = new BottleneckDetector({ correlation: 0.2 });
        let now = 0;
        for (const { path, afterMs, delay, lost, gone } of all) {
          now += afterMs;
          if (gone === 0) detector.remove(path);
          if (lost) detector.handleMissing(now, path);
          else detector.handleArrived(now, path, now, now + delay);
        }
        const [paths, groups] = [new Int32Array(16), new Int32Array(16)];
        const count = detector.groups(paths, groups);
        for (let i = 0; i < count; i++) {
          if (groups[i] === 0) continue;
          expect(groups.filter((group) => group === groups[i]).length).toBeGreaterThanOrEqual(2);
          expect(detector.groupOf(paths[i])).toBe(groups[i]);
        }
      }),
      { numRuns: 60 },
    );
  });
});
