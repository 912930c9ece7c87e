import { describe, expect, it } from 'vitest';
import { DelayDifference } from './delay-difference.ts';

const OFFSET = 1e9;

/** Ten seconds of a path of `there` ms and `back` ms, with a queue of up to `queueMs`. */
function feed(d: DelayDifference, path: number, there: number, back: number, from = 0, queueMs = 30): void {
  for (let t = from; t < from + 10_000; t += 100) {
    const queue = ((t / 100) % 7) * (queueMs / 7);
    d.handleArrived(t, path, t, t + there + queue + OFFSET);
    d.handleRtt(t, path, there + back + queue);
  }
}

describe('DelayDifference', () => {
  it('knows the difference of two paths exactly, whatever the clock of the peer', () => {
    const d = new DelayDifference();
    feed(d, 0, 10, 90);
    feed(d, 1, 60, 10);
    expect(d.differenceMs(10_000, 1, 0)).toBeCloseTo(50, 6);
    expect(d.differenceMs(10_000, 0, 1)).toBeCloseTo(-50, 6);
    expect(d.differenceMs(10_000, 0, 7)).toBeNaN();
  });

  it('takes half of the round trip for a path alone', () => {
    const d = new DelayDifference();
    feed(d, 0, 30, 50);
    expect(d.delayMs(10_000, 0)).toBeCloseTo(40, 6);
    expect(d.delayMs(10_000, 1)).toBe(0);
  });

  it('is pinned down by the shortest round trip', () => {
    const d = new DelayDifference();
    feed(d, 0, 2, 3);
    feed(d, 1, 60, 10); // Half of its round trip would be 35.
    const delay = d.delayMs(10_000, 1);
    expect(Math.abs(delay - 60)).toBeLessThan(2.6);
    expect(Math.abs(d.delayMs(10_000, 0) - 2)).toBeLessThan(2.6);
  });

  it('is never below 0 or above the round trip', () => {
    const d = new DelayDifference();
    feed(d, 0, 1, 1);
    feed(d, 1, 100, 0.5);
    expect(d.delayMs(10_000, 1)).toBeLessThanOrEqual(100.5);
    d.handleArrived(10_000, 1, 0, -500 + OFFSET); // A lie.
    expect(d.delayMs(10_000, 1)).toBeGreaterThanOrEqual(0);
  });

  it('forgets what is older than its window', () => {
    const d = new DelayDifference({ windowMs: 10_000 });
    feed(d, 0, 10, 10);
    feed(d, 1, 10, 10);
    feed(d, 1, 50, 10, 10_000);
    feed(d, 0, 10, 10, 10_000);
    feed(d, 1, 50, 10, 20_000);
    feed(d, 0, 10, 10, 20_000);
    expect(d.differenceMs(30_000, 1, 0)).toBeCloseTo(40, 6);
    expect(d.differenceMs(60_000, 1, 0)).toBeNaN();
    expect(d.delayMs(60_000, 1)).toBe(0);
  });

  it('begins anew when the clock of the peer is set, forgets paths that are gone, and counts what cannot be', () => {
    const d = new DelayDifference({ maxPaths: 2 });
    feed(d, 0, 10, 10);
    feed(d, 1, 20, 10);
    d.handleArrived(10_000, 0, 10_000, 10_000 + OFFSET + 3_600_000);
    expect(d.jumps).toBe(1);
    expect(d.delayMs(10_000, 1)).toBe(0);
    feed(d, 0, 10, 10, 10_000);
    feed(d, 1, 20, 10, 10_000);
    d.handleArrived(20_000, 2, 0, 0);
    d.handleArrived(20_000, 0, 0, Number.NaN);
    d.handleRtt(20_000, 0, -1);
    d.handleRtt(20_000, 0, Number.POSITIVE_INFINITY);
    expect(d.ignored).toBe(4);
    d.remove(1);
    expect(d.differenceMs(20_000, 1, 0)).toBeNaN();
    expect(() => new DelayDifference({ windowMs: 1 })).toThrowError(expect.objectContaining({ code: 'bad-config' }));
  });
});
