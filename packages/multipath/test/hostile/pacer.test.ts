import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PathPacer } from '../../src/pacing/path-pacer.ts';

const PACKET = 1200;

describe('a pacer that is told absurd rates', () => {
  const rate = fc.oneof(
    fc.double({ min: 1e-300, max: 1e300, noNaN: true }),
    fc.constantFrom(1, 8000, 1e12, Number.MIN_VALUE, Number.MAX_VALUE, Number.POSITIVE_INFINITY),
  );

  it('has numbers, a bounded burst, and a time to wait that is not past', () => {
    const step = fc.record({ bps: rate, afterMs: fc.double({ min: 0, max: 1e6, noNaN: true }), spend: fc.nat(1500) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const pacer = new PathPacer(PACKET);
        let now = 0;
        for (const { afterMs, bps, spend } of steps) {
          now += afterMs;
          pacer.setRate(now, bps);
          pacer.spend(now, spend);
          const credit = pacer.creditBytes(now);
          expect(Number.isNaN(credit)).toBe(false);
          expect(pacer.queueBytes(now)).toBeGreaterThanOrEqual(0);
          expect(pacer.waitFor(now, PACKET)).toBeGreaterThanOrEqual(now);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('lets as much out as the rate brings and a burst, whatever the rates were before', () => {
    fc.assert(
      fc.property(fc.array(rate, { maxLength: 10 }), (before) => {
        const pacer = new PathPacer(PACKET);
        let now = 0;
        for (const bps of before) {
          pacer.setRate(now, bps);
          now += 10;
          pacer.creditBytes(now);
        }
        pacer.setRate(now, 960_000);
        // 120 bytes a millisecond; nothing of what a faster rate had saved up is left.
        let left = 0;
        for (const end = now + 1000; now < end; now++) {
          while (pacer.creditBytes(now) >= PACKET) {
            pacer.spend(now, PACKET);
            left += PACKET;
          }
        }
        expect(left).toBeLessThanOrEqual(120 * 1000 + 3 * PACKET);
      }),
      { numRuns: 200 },
    );
  });
});
