import { describe, expect, it } from 'vitest';
import { runScenario } from './index.ts';

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
