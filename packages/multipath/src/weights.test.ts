import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PathWeights } from './weights.ts';

const config = { initialWeight: 1, minWeight: 0.1, maxWeight: 10 };

function settled(rttMs: number, loss: number): number {
  const weights = new PathWeights(config);
  for (let i = 0; i < 100; i++) weights.update(0, rttMs, loss);
  return weights.of(0);
}

describe('path weights', () => {
  it('settle at 100 / RTT, less the loss: 10, 5 and 1.65 for the three paths of the demo', () => {
    expect(settled(5, 0)).toBe(10);
    expect(settled(20, 0)).toBeCloseTo(5, 6);
    expect(settled(60, 0.01)).toBeCloseTo(1.65, 6);
  });

  it('keep seven tenths of the old weight at each update', () => {
    const weights = new PathWeights(config);
    weights.update(0, 50, 0);
    expect(weights.of(0)).toBeCloseTo(0.7 * 1 + 0.3 * 2, 12);
  });

  it('start at the initial weight and stay there while the RTT is unknown', () => {
    const weights = new PathWeights(config);
    weights.update(3, 0, 0);
    expect(weights.of(3)).toBe(1);
  });

  it('never leave their bounds', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.double({ min: 0.001, max: 1e5, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
        ),
        (updates) => {
          const weights = new PathWeights(config);
          for (const [rttMs, loss] of updates) {
            weights.update(0, rttMs, loss);
            expect(weights.of(0)).toBeGreaterThanOrEqual(0.1);
            expect(weights.of(0)).toBeLessThanOrEqual(10);
          }
        },
      ),
    );
  });

  it('a forgotten path starts anew', () => {
    const weights = new PathWeights(config);
    weights.update(0, 10, 0);
    weights.forget(0);
    expect(weights.of(0)).toBe(1);
  });
});
