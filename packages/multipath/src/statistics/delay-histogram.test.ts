import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DelayHistogram } from './delay-histogram.ts';

describe('delay histogram', () => {
  it('has nothing to say without a delay', () => {
    expect(new DelayHistogram().quantile(0.99)).toBe(0);
  });

  it('tells every quantile to 4.5 %, as sorting all of them would', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.0625, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(0.5, 0.95, 0.99, 0.999, 1),
        (delays, q) => {
          const histogram = new DelayHistogram();
          for (const ms of delays) histogram.record(ms);
          const sorted = [...delays].sort((a, b) => a - b);
          const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1];
          expect(Math.abs(Math.log2(histogram.quantile(q) / exact))).toBeLessThanOrEqual(1 / 16);
        },
      ),
    );
  });

  it('counts what is beyond its range at its ends, and what is no delay not at all', () => {
    const histogram = new DelayHistogram();
    for (const ms of [Number.NaN, -1, Number.NEGATIVE_INFINITY]) histogram.record(ms);
    expect(histogram.count).toBe(0);
    histogram.record(0);
    histogram.record(Number.POSITIVE_INFINITY);
    expect(histogram.count).toBe(2);
    expect(histogram.quantile(0.5)).toBeLessThan(0.1);
    expect(histogram.quantile(1)).toBeGreaterThan(60_000);
  });

  it('gives what is old half the weight', () => {
    const histogram = new DelayHistogram();
    for (let i = 0; i < 100; i++) histogram.record(10);
    histogram.age();
    for (let i = 0; i < 60; i++) histogram.record(1000);
    expect(histogram.count).toBe(110);
    expect(histogram.quantile(0.5)).toBeGreaterThan(900);
    histogram.clear();
    expect(histogram.count).toBe(0);
  });
});
