import { describe, expect, it } from 'vitest';
import { RateMeter } from './rate-meter.ts';

describe('RateMeter', () => {
  it('says what was counted in its window', () => {
    const meter = new RateMeter(500);
    for (let t = 0; t < 2000; t += 10) meter.add(t, 125);
    expect(meter.bps(1999)).toBeCloseTo(100_000, -3);
    expect(meter.bps(2250)).toBeCloseTo(50_000, -4);
    expect(meter.bps(2600)).toBe(0);
  });

  it('counts a window that has just begun as long as it is', () => {
    const meter = new RateMeter(500);
    meter.add(1000, 1250);
    meter.add(1100, 1250);
    expect(meter.bps(1200)).toBeCloseTo(100_000, -2);
  });

  it('takes what comes late into the window where it belongs', () => {
    const meter = new RateMeter(500);
    meter.add(1000, 100);
    meter.add(700, 100);
    expect(meter.bps(1000)).toBeGreaterThan(0);
    meter.add(100, 1e5);
    expect(meter.bps(1250)).toBeCloseTo((100 * 8000) / 250, -2);
  });

  it('survives numbers that are none', () => {
    const meter = new RateMeter();
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      meter.add(bad === -1 ? 0 : bad, bad);
      meter.add(0, bad);
    }
    expect(meter.bps(0)).toBe(0);
    expect(meter.bps(Number.NaN)).toBe(0);
    expect(() => new RateMeter(0)).toThrowError(expect.objectContaining({ code: 'bad-config' }));
  });

  it('has nothing left after a leap of the clock', () => {
    const meter = new RateMeter();
    meter.add(-5, 100);
    meter.add(1e12, 100);
    expect(meter.bps(1e12)).toBeCloseTo(1600);
  });
});
