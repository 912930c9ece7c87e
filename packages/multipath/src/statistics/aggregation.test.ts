import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregationOf } from './aggregation.ts';

const path = (rateBps: number, deliveryBps: number, delayP95Ms = 20) => ({ rateBps, deliveryBps, delayP95Ms });

describe('aggregation', () => {
  it('is the goodput over the sum, and 1 of benefit where two paths are worth two', () => {
    const stats = aggregationOf([path(10e6, 9.5e6), path(10e6, 9.5e6)], 20, true);
    expect(stats).toMatchObject({ goodputBps: 19e6, efficiency: 0.95, benefit: 0.9, delayHarmRatio: 1 });
    expect(stats.harmRatio).toBeCloseTo(10 / 19);
  });

  it('is 0 of benefit where two are worth the better one, and below 0 with harm where they are worth less', () => {
    expect(aggregationOf([path(10e6, 8e6), path(5e6, 2e6)], 20, true)).toMatchObject({ benefit: 0, harmRatio: 1 });
    expect(aggregationOf([path(10e6, 4e6), path(5e6, 1e6)], 20, true)).toMatchObject({ benefit: -0.5, harmRatio: 2 });
    expect(aggregationOf([path(10e6, 0), path(5e6, 0)], 0, true)).toMatchObject({
      benefit: -1,
      efficiency: 0,
      harmRatio: Number.POSITIVE_INFINITY,
    });
  });

  it('says nothing of paths of which nothing is known', () => {
    const unknown = { efficiency: undefined, benefit: undefined, harmRatio: undefined };
    expect(aggregationOf([path(10e6, 1e6), path(0, 1e6)], 0, true)).toMatchObject({ ...unknown, goodputBps: 2e6 });
    expect(aggregationOf([], 0, true)).toMatchObject({ ...unknown, delayHarmRatio: undefined });
    // Where nothing waits, goodput is what the application sends.
    expect(aggregationOf([path(10e6, 1e6), path(10e6, 1e6)], 20, false)).toMatchObject({ ...unknown, goodputBps: 2e6 });
    // Of one path alone there is no more to be had.
    expect(aggregationOf([path(10e6, 10e6)], 20, true)).toMatchObject({ efficiency: 1, benefit: undefined });
  });

  it('tells how much later packets are than by the path with the least delay', () => {
    expect(aggregationOf([path(1e6, 1e6, 20), path(1e6, 1e6, 300)], 60, false).delayHarmRatio).toBe(3);
  });

  it('keeps its bounds: efficiency 0 to 1, benefit -1 to 1', () => {
    const rates = fc.array(
      fc.tuple(fc.double({ min: 1, max: 1e9, noNaN: true }), fc.double({ min: 0, max: 1e9, noNaN: true })),
      {
        minLength: 1,
      },
    );
    fc.assert(
      fc.property(rates, (all) => {
        const { benefit, efficiency, harmRatio } = aggregationOf(
          all.map(([rate, delivery]) => path(rate, delivery)),
          20,
          true,
        );
        expect(efficiency).toBeGreaterThanOrEqual(0);
        expect(efficiency).toBeLessThanOrEqual(1 + 1e-9);
        if (benefit !== undefined) {
          expect(benefit).toBeGreaterThanOrEqual(-1);
          expect(benefit).toBeLessThanOrEqual(1 + 1e-6);
        }
        expect(harmRatio).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
