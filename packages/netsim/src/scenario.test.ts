import { describe, expect, it } from 'vitest';
import { longestGap, median, percentile, runScenario } from './index.ts';

describe('metrics', () => {
  it('take the middle, the rank and the longest pause', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2.5, Number.NaN]);
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([0, 0.01, 0.5, 0.95, 1].map((share) => percentile(hundred, share))).toEqual([1, 1, 50, 95, 100]);
    expect(percentile([], 0.5)).toBeNaN();
    expect([longestGap([]), longestGap([5]), longestGap([1, 2, 9, 10])]).toEqual([0, 0, 7]);
  });
});

describe('runScenario', () => {
  it('gives one row for each variant, with its own targets', () => {
    const rows = runScenario(
      {
        name: 'doubling',
        variants: { once: 1, twice: 2 },
        run: (factor, seed) => ({ value: factor * Number(seed) }),
        targets: [
          { name: 'large', metric: 'value', variant: 'twice', atLeast: 4 },
          { name: 'bounded', metric: 'value', statistic: 'max', atMost: 5 },
          { name: 'unmeasured', metric: 'nothing', atMost: 5, variant: 'once' },
        ],
      },
      [1, 2, 3],
    );
    expect(rows).toEqual([
      {
        scenario: 'doubling',
        variant: 'once',
        seeds: 3,
        metrics: { value: { median: 2, min: 1, max: 3 } },
        targets: [
          { name: 'bounded', want: 'max <= 5', got: 3, met: true },
          { name: 'unmeasured', want: 'median <= 5', got: Number.NaN, met: false },
        ],
      },
      {
        scenario: 'doubling',
        variant: 'twice',
        seeds: 3,
        metrics: { value: { median: 4, min: 2, max: 6 } },
        targets: [
          { name: 'large', want: 'median >= 4', got: 4, met: true },
          { name: 'bounded', want: 'max <= 5', got: 6, met: false },
        ],
      },
    ]);
  });
});
