import { describe, expect, it } from 'vitest';
import { GccController } from './gcc-controller.ts';

/** Sends and reports 1000-byte packets every 10 ms for a while; the arrival times are the receiver's word. */
function run(gcc: GccController, from: number, toMs: number, arrivalOf: (sentAt: number, i: number) => number): number {
  const sent: number[] = [];
  let i = 0;
  for (let t = from; t < toMs; t += 10) {
    gcc.handleSent(t, 1000);
    sent.push(t);
    if (sent.length < 10) continue;
    for (const at of sent) gcc.handleArrived(t, at, arrivalOf(at, i++), 1000);
    sent.length = 0;
    gcc.handleReportEnd(t, 40);
  }
  return toMs;
}

describe('GccController', () => {
  it('grows while the delay stays, up to 1.5 of what arrives', () => {
    const gcc = new GccController();
    run(gcc, 0, 40_000, (at) => at + 20);
    expect(gcc.targetBps).toBeGreaterThan(1.15e6);
    expect(gcc.targetBps).toBeLessThan(1.26e6);
    expect(gcc.pacingBps).toBe(2.5 * gcc.targetBps);
    expect(gcc.ackedBps / 800_000).toBeCloseTo(1, 1);
    expect(gcc.usage).toBe('normal');
  });

  it('falls when the delay grows', () => {
    const gcc = new GccController({ startBps: 2e6 });
    const t = run(gcc, 0, 3000, (at) => at + 20);
    run(gcc, t, t + 1000, (at) => at + 20 + (at - t) * 0.3);
    expect(gcc.counters.delayDecreases).toBeGreaterThan(0);
    expect(gcc.targetBps).toBeLessThan(0.8e6);
  });

  it('goes by losses alone with a peer that gives no times', () => {
    const gcc = new GccController();
    run(gcc, 0, 20_000, () => Number.NaN);
    expect(gcc.counters.untimed).toBeGreaterThan(1000);
    expect(gcc.targetBps).toBeGreaterThan(1e6);
    expect(gcc.ackedBps / 800_000).toBeCloseTo(1, 1);
  });

  it('halves without reports, after a second or four round trips', () => {
    const gcc = new GccController();
    expect(gcc.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
    gcc.handleSent(100, 1000);
    gcc.handleSent(200, 1000);
    expect(gcc.pollTimeout()).toBe(1100);
    gcc.handleTimeout(1099);
    expect(gcc.targetBps).toBe(300_000);
    gcc.handleTimeout(1100);
    expect(gcc.targetBps).toBe(150_000);
    expect(gcc.pollTimeout()).toBe(2100);
    gcc.handleReportEnd(1200, 500);
    expect(gcc.pollTimeout()).toBe(Number.POSITIVE_INFINITY);
    gcc.handleSent(1300, 1000);
    expect(gcc.pollTimeout()).toBe(3300);
  });

  it('gives probes only where they are wanted', () => {
    expect(new GccController({ probing: false }).pollProbe(0)).toBeUndefined();
    expect(new GccController({ probing: false }).pollProbeTimeout(0)).toBe(Number.POSITIVE_INFINITY);
    const gcc = new GccController();
    expect(gcc.pollProbeTimeout(0)).toBe(0);
    expect(gcc.pollProbe(0)?.bps).toBe(900_000);
  });

  it('probes for no more than twice what the application wants', () => {
    const gcc = new GccController({ startBps: 300_000 });
    gcc.handleDemand(400_000);
    expect(gcc.pollProbe(0)?.bps).toBe(800_000);
    expect(gcc.pollProbe(20)).toBeUndefined();
    for (const bad of [0, Number.NaN, -5]) {
      expect(() => gcc.handleDemand(bad)).toThrowError(expect.objectContaining({ code: 'out-of-range' }));
    }
    gcc.handleDemand(100_000);
    expect(gcc.pollProbe(10_000)).toBeUndefined();
    expect(gcc.pollProbeTimeout(10_000)).toBe(Number.POSITIVE_INFINITY);
    new GccController({ probing: false }).handleDemand(1);
  });

  it('falls from what a probe found, and not from what had arrived before it', () => {
    const gcc = new GccController({ startBps: 900_000 });
    let t = run(gcc, 0, 3000, (at) => at + 20);
    // A cluster of 2.7 Mbit/s, which arrives at 2.5.
    const probe = gcc.pollProbe(t);
    expect(probe?.bps).toBe(2_700_000);
    for (let i = 0; i < 8; i++) gcc.handleSent(t + i * 3, 1000, probe?.id);
    for (let i = 0; i < 8; i++) gcc.handleArrived(t + 50, t + i * 3, t + 20 + i * 3.2, 1000);
    gcc.handleReportEnd(t + 50, 40);
    expect(gcc.counters.probesRaised).toBe(1);
    const raised = gcc.targetBps;
    expect(raised).toBeGreaterThan(2.4e6);
    t += 60;
    // At once the delay grows; the acknowledged rate is 0.8 Mbit/s still.
    const from = t;
    for (let late = 0; gcc.counters.delayDecreases === 0; t += 10) {
      expect(t - from).toBeLessThan(500);
      gcc.handleSent(t, 1000);
      late += 3;
      gcc.handleArrived(t, t, t + 20 + late, 1000);
      gcc.handleReportEnd(t, 40);
    }
    expect(gcc.targetBps).toBeGreaterThan(0.8 * raised);
    expect(gcc.targetBps).toBeLessThan(raised);
  });

  it('refuses a configuration that cannot be', () => {
    for (const config of [
      { minBps: 2e6, maxBps: 1e6 },
      { startBps: 1 },
      { startBps: Number.NaN },
      { maxBps: 0 },
      { minBps: -1 },
    ]) {
      expect(() => new GccController(config)).toThrowError(expect.objectContaining({ code: 'bad-config' }));
    }
    expect(new GccController({ maxBps: 100_000 }).targetBps).toBe(100_000);
  });
});

describe('a receiver that lies', () => {
  const bounds = { minBps: 50_000, maxBps: 5e6 };

  function sane(gcc: GccController): void {
    expect(gcc.targetBps).toBeGreaterThanOrEqual(bounds.minBps);
    expect(gcc.targetBps).toBeLessThanOrEqual(bounds.maxBps);
    expect(Number.isFinite(gcc.pacingBps)).toBe(true);
    expect(gcc.lossRatio).toBeGreaterThanOrEqual(0);
    expect(gcc.lossRatio).toBeLessThanOrEqual(1);
  }

  it('does not get more for acknowledging what was never sent', () => {
    const gcc = new GccController(bounds);
    for (let t = 0; t < 20_000; t += 10) {
      gcc.handleSent(t, 100);
      for (let i = 0; i < 10; i++) gcc.handleArrived(t, t, t + i, 1200);
      if (t % 50 === 0) gcc.handleReportEnd(t, 40);
    }
    sane(gcc);
    expect(gcc.counters.unsent).toBeGreaterThan(10_000);
    // 80 kbit/s were sent.
    expect(gcc.targetBps).toBeLessThan(310_000);
  });

  it('does not get more for a clock that runs at half speed', () => {
    const gcc = new GccController(bounds);
    run(gcc, 0, 20_000, (at) => at / 2);
    expect(gcc.ackedBps).toBeLessThan(850_000);
    sane(gcc);
  });

  it('does not get more for having it all at once', () => {
    const gcc = new GccController(bounds);
    run(gcc, 0, 30_000, (at, i) => Math.floor(at / 1000) * 1000 + (i % 100) / 100);
    sane(gcc);
    expect(gcc.targetBps).toBeLessThan(1.5 * 850_000 + 10_000);
  });

  it.each([
    ['NaN', () => Number.NaN],
    ['Infinity', () => Number.POSITIVE_INFINITY],
    ['-Infinity', () => Number.NEGATIVE_INFINITY],
    ['the largest number', () => Number.MAX_VALUE],
    ['hours later every time', (at: number, i: number) => at + i * 3_600_000],
    ['hours to and fro', (at: number, i: number) => at + (i % 2) * 3_600_000],
    ['backwards', (at: number) => -at],
    ['always the same', () => 42],
    ['beyond milliseconds', (at: number) => 2 ** 45 + at],
  ])('is survived: arrivals %s', (_name, arrival) => {
    const gcc = new GccController(bounds);
    const t = run(gcc, 0, 5000, (at) => at + 20);
    const lied = run(gcc, t, 15_000, arrival);
    sane(gcc);
    // And it recovers.
    run(gcc, lied, 45_000, (at) => at + 20);
    sane(gcc);
    expect(gcc.targetBps).toBeGreaterThan(0.7e6);
  });

  it('is survived: sizes, times and marks that cannot be', () => {
    const gcc = new GccController(bounds);
    const bad = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 1e308];
    let t = run(gcc, 0, 2000, (at) => at + 20);
    const before = gcc.counters.ignored;
    for (const one of bad) {
      gcc.handleSent(t, one);
      gcc.handleArrived(t, t - 5, t, one);
      gcc.handleArrived(t, one === -1 ? Number.NaN : one, t, 1000);
      gcc.handleMissing(t, t, one);
      gcc.handleEcn(t, one);
      gcc.handleReportEnd(t, one);
      t += 50;
    }
    expect(gcc.counters.ignored - before).toBeGreaterThan(20);
    sane(gcc);
    run(gcc, t, t + 5000, (at) => at + 20);
    sane(gcc);
  });
});
