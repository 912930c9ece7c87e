import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nackHoldMs } from '../../src/index.ts';

const delay = fc.double({ min: 0, max: 400, noNaN: true });
const delays = fc.array(delay, { minLength: 1, maxLength: 8 });
const jitter = fc.double({ min: 0, max: 50, noNaN: true });

describe('how long a NACK is held back', () => {
  it('not at all on one path without jitter, nor on paths of one delay', () => {
    fc.assert(fc.property(delay, fc.integer({ min: 1, max: 8 }), (ms, n) => nackHoldMs(Array(n).fill(ms)) === 0));
  });

  it('until a packet that was sent earlier could have come by any other path, to 500 ms', () => {
    fc.assert(
      fc.property(delays, jitter, fc.nat(), (all, jitterMs, index) => {
        const shownBy = all[index % all.length];
        const hold = nackHoldMs(all, jitterMs, shownBy);
        for (const other of all) expect(hold).toBeGreaterThanOrEqual(Math.min(500, other - shownBy + jitterMs));
        expect(hold).toBeLessThanOrEqual(Math.min(500, nackHoldMs(all, jitterMs)));
      }),
    );
  });

  it('by differences alone: the clocks of both ends may be apart', () => {
    fc.assert(
      fc.property(delays, jitter, fc.double({ min: -1e6, max: 1e6, noNaN: true }), (all, jitterMs, offset) => {
        const moved = all.map((ms) => ms + offset);
        expect(nackHoldMs(moved, jitterMs)).toBeCloseTo(nackHoldMs(all, jitterMs), 6);
      }),
    );
  });

  it('no less with one more path, and in no order', () => {
    fc.assert(
      fc.property(delays, delay, jitter, (all, one, jitterMs) => {
        const hold = nackHoldMs([...all, one], jitterMs);
        expect(hold).toBeGreaterThanOrEqual(nackHoldMs(all, jitterMs));
        expect(hold).toBe(nackHoldMs([one, ...all].reverse(), jitterMs));
      }),
    );
  });

  it('a number from 0 to 500, whatever it is told', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), fc.double(), fc.option(fc.double(), { nil: undefined }), (all, j, by) => {
        const hold = nackHoldMs(all, j, by);
        expect(hold).toBeGreaterThanOrEqual(0);
        expect(hold).toBeLessThanOrEqual(500);
      }),
    );
  });

  it('waits for no path of which nothing is known', () => {
    expect(nackHoldMs([10, Number.NaN, Number.POSITIVE_INFINITY], 2)).toBe(2);
    expect(nackHoldMs(new Float64Array([10, 60]), 5, 10)).toBe(55);
    expect(nackHoldMs([])).toBe(0);
  });
});
