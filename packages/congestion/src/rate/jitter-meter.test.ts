import { describe, expect, it } from 'vitest';
import { JitterMeter } from './jitter-meter.ts';

describe('JitterMeter', () => {
  it('is 0 at a steady delay and comes to the mean difference', () => {
    const meter = new JitterMeter();
    for (let t = 0; t < 1000; t += 20) meter.add(t, t + 5000);
    expect(meter.jitterMs).toBe(0);
    for (let t = 1000; t < 5000; t += 20) meter.add(t, t + 5000 + (t % 40 === 0 ? 8 : 0));
    expect(meter.jitterMs).toBeCloseTo(8, 1);
  });

  it('is the formula of RFC 3550 6.4.1', () => {
    const meter = new JitterMeter();
    meter.add(0, 100);
    meter.add(20, 130);
    expect(meter.jitterMs).toBe(10 / 16);
    meter.add(40, 140);
    expect(meter.jitterMs).toBe(10 / 16 + (10 - 10 / 16) / 16);
  });

  it('does not believe a clock that is set, nor what is no number', () => {
    const meter = new JitterMeter();
    meter.add(0, 100);
    meter.add(20, 3_600_000);
    meter.add(40, Number.NaN);
    meter.add(40, 3_600_020);
    expect(meter.jitterMs).toBe(0);
  });
});
