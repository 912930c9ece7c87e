import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PathPacer } from './path-pacer.ts';

const PACKET = 1200;

describe('pacer of a path', () => {
  it('holds nothing back without a rate', () => {
    const pacer = new PathPacer(PACKET);
    for (let i = 0; i < 1000; i++) pacer.spend(5, PACKET);
    expect(pacer.creditBytes(5)).toBe(Number.POSITIVE_INFINITY);
    expect(pacer.waitFor(5, PACKET)).toBe(5);
  });

  it('lets two packets out at once on a slow path, then one for each time that it takes', () => {
    const pacer = new PathPacer(PACKET);
    pacer.setRate(0, 960_000); // 120 bytes a millisecond: a packet takes 10 ms
    expect(pacer.creditBytes(0)).toBeCloseTo(2 * PACKET, 2);
    pacer.spend(0, PACKET);
    pacer.spend(0, PACKET);
    expect(pacer.waitFor(0, PACKET)).toBe(10);
    expect(pacer.creditBytes(10)).toBeCloseTo(PACKET, 2);
  });

  it('lets two milliseconds out at once on a fast path', () => {
    const pacer = new PathPacer(PACKET);
    pacer.setRate(0, 100_000_000);
    expect(pacer.creditBytes(0)).toBeCloseTo(25_000, 2);
    expect(pacer.creditBytes(1000)).toBeCloseTo(25_000, 2);
  });

  it('wakes on whole milliseconds', () => {
    const pacer = new PathPacer(PACKET);
    pacer.setRate(0.25, 7_000_000);
    pacer.spend(0.25, 5 * PACKET);
    expect(pacer.waitFor(0.25, PACKET)).toBe(6);
  });

  it('owes for what could not wait', () => {
    const pacer = new PathPacer(PACKET);
    pacer.setRate(0, 960_000);
    for (let i = 0; i < 4; i++) pacer.spend(0, PACKET);
    expect(pacer.queueBytes(0)).toBeCloseTo(2 * PACKET, 2);
    expect(pacer.waitFor(0, PACKET)).toBe(30);
  });

  it('makes up for a late tick, but not for seconds', () => {
    const pacer = new PathPacer(PACKET);
    pacer.setRate(0, 100_000_000); // 12 500 bytes a millisecond
    pacer.spend(0, 25_000);
    expect(pacer.waitFor(0, PACKET)).toBe(1);
    expect(pacer.creditBytes(5)).toBeCloseTo(62_500, 2);
    pacer.spend(5, 62_500);
    expect(pacer.waitFor(5, PACKET)).toBe(6);
    expect(pacer.creditBytes(5000)).toBeCloseTo(125_000, 2);
  });

  it('over any span lets out no more than its rate, a burst and the packet that was allowed last', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50_000, max: 50_000_000 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: PACKET })), {
          minLength: 1,
          maxLength: 300,
        }),
        (bps, steps) => {
          const pacer = new PathPacer(PACKET);
          pacer.setRate(0, bps);
          const burst = Math.max(2 * PACKET, bps / 4000);
          let now = 0;
          let sent = 0;
          for (const [ms, bytes] of steps) {
            now += ms;
            while (pacer.creditBytes(now) >= bytes) {
              pacer.spend(now, bytes);
              sent += bytes;
            }
            const at = pacer.waitFor(now, bytes);
            expect(at).toBeGreaterThan(now);
            expect(at).toBe(Math.ceil(at));
            expect(sent).toBeLessThanOrEqual((now * bps) / 8000 + burst + 1);
          }
        },
      ),
    );
  });

  it('is ready at the tick that it names', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 50_000, max: 50_000_000 }),
        fc.array(fc.integer({ min: 1, max: PACKET }), { minLength: 1, maxLength: 100 }),
        (bps, sizes) => {
          const pacer = new PathPacer(PACKET);
          pacer.setRate(0, bps);
          let now = 0;
          for (const bytes of sizes) {
            pacer.spend(now, bytes);
            now = pacer.waitFor(now, PACKET);
            expect(pacer.creditBytes(now)).toBeGreaterThanOrEqual(PACKET);
          }
        },
      ),
    );
  });
});
