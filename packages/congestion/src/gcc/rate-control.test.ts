import { describe, expect, it } from 'vitest';
import { AckedRate } from './acked-rate.ts';
import { LinkCapacity } from './link-capacity.ts';
import { LossControl } from './loss-control.ts';
import { RateControl } from './rate-control.ts';

describe('RateControl', () => {
  const make = () => new RateControl(1e6, 30_000, 10e6);

  it('grows by 8 % a second while it does not know the limit', () => {
    const rate = make();
    for (let t = 0; t <= 1000; t += 50) rate.update(t, 'normal', 1e6, 50);
    expect(rate.bps).toBeCloseTo(1.08e6, -2);
  });

  it('falls to 0.85 of what arrives, holds, and then grows by half a packet per response', () => {
    const rate = make();
    rate.update(0, 'normal', 1e6, 50);
    expect(rate.update(50, 'overuse', 0.9e6, 50)).toBe(true);
    expect(rate.bps).toBeCloseTo(0.765e6);
    expect(rate.state).toBe('hold');
    rate.update(100, 'underuse', 0.9e6, 50);
    expect(rate.bps).toBeCloseTo(0.765e6);
    expect(rate.state).toBe('hold');
    rate.update(150, 'normal', 0.88e6, 50);
    const from = rate.bps;
    for (let t = 200; t <= 1150; t += 50) rate.update(t, 'normal', 0.88e6, 50);
    // 765 kbit/s are 25.5 kbit a frame in 3 packets; one packet per 150 ms.
    expect((rate.bps - from) / 1000).toBeGreaterThan(40);
    expect((rate.bps - from) / 1000).toBeLessThan(70);
  });

  it('does not fall twice for one overuse', () => {
    const rate = make();
    rate.update(0, 'overuse', 0.9e6, 100);
    const { bps } = rate;
    expect(rate.update(50, 'overuse', 0.6e6, 100)).toBe(false);
    expect(rate.bps).toBe(bps);
    expect(rate.update(110, 'overuse', 0.6e6, 100)).toBe(true);
    expect(rate.bps).toBeCloseTo(0.51e6);
  });

  it('halves when nothing is known to arrive', () => {
    const rate = make();
    rate.update(0, 'overuse', Number.NaN, 100);
    expect(rate.bps).toBe(0.5e6);
  });

  it('does not grow beyond 1.5 of what arrives and 10 kbit/s, and does not fall for that either', () => {
    const rate = make();
    for (let t = 0; t <= 5000; t += 50) rate.update(t, 'normal', 0.7e6, 50);
    expect(rate.bps).toBe(1.5 * 0.7e6 + 10_000);
    for (let t = 5000; t <= 6000; t += 50) rate.update(t, 'normal', 0.1e6, 50);
    expect(rate.bps).toBe(1.5 * 0.7e6 + 10_000);
  });

  it('forgets the limit when much more or much less arrives', () => {
    const rate = make();
    rate.update(0, 'overuse', 0.9e6, 50);
    rate.update(50, 'normal', 0.9e6, 50);
    rate.update(100, 'normal', 2e6, 50);
    expect(rate.capacity.known).toBe(false);
  });

  it('keeps its bounds', () => {
    const rate = make();
    for (let t = 0; t < 100_000; t += 250) rate.update(t, 'normal', 1e9, 50);
    expect(rate.bps).toBe(10e6);
    for (let t = 100_000; t < 200_000; t += 250) rate.update(t, 'overuse', 0, 50);
    expect(rate.bps).toBe(30_000);
  });
});

describe('LinkCapacity', () => {
  it('is an average with bounds of three deviations', () => {
    const link = new LinkCapacity();
    expect(link.upperBps).toBe(Number.POSITIVE_INFINITY);
    expect(link.lowerBps).toBe(0);
    for (let i = 0; i < 100; i++) link.add(1e6 + (i % 2 === 0 ? 50_000 : -50_000));
    expect(link.bps / 1e6).toBeCloseTo(1, 1);
    expect(link.upperBps - link.bps).toBeGreaterThan(60_000);
    expect(link.upperBps - link.bps).toBeLessThan(200_000);
  });
});

describe('AckedRate', () => {
  it('finds a steady rate within half a second, and follows a change', () => {
    const rate = new AckedRate();
    let t = 0;
    for (; t < 700; t += 10) rate.add(t, 1250, false);
    expect(rate.bps / 1e6).toBeCloseTo(1, 1);
    for (; t < 3000; t += 10) rate.add(t, 625, false);
    expect(rate.bps / 0.5e6).toBeCloseTo(1, 1);
  });

  it('begins anew after a pause or a jump, and keeps what it knew', () => {
    const rate = new AckedRate();
    for (let t = 0; t < 1000; t += 10) rate.add(t, 1250, false);
    const { bps } = rate;
    rate.add(1e9, 1250, false);
    rate.add(5, 1250, false);
    expect(rate.bps).toBe(bps);
  });

  // Found by fuzzing: an estimate of a few bits doubted every sample so much that it stayed for ever.
  it('comes back from an estimate of nearly nothing', () => {
    const rate = new AckedRate();
    rate.add(0, 1, false);
    rate.add(600, 1, false);
    expect(rate.bps).toBeLessThan(20);
    for (let t = 600; t < 8000; t += 10) rate.add(t, 1250, false);
    expect(rate.bps / 1e6).toBeGreaterThan(0.8);
  });

  it('believes more after a probe', () => {
    const [wary, warned] = [false, true].map((warn) => {
      const rate = new AckedRate();
      let t = 0;
      for (; t < 3000; t += 10) rate.add(t, 1250, false);
      if (warn) rate.expectChange();
      for (; t < 3320; t += 10) rate.add(t, 5000, false);
      return rate.bps;
    });
    expect(warned).toBeGreaterThan(wary);
  });
});

describe('LossControl', () => {
  /** Reports every 50 ms of so many packets, of which so many are lost. */
  function reports(loss: LossControl, from: number, toMs: number, arrived: number, lost: number): void {
    for (let t = from; t < toMs; t += 50) {
      for (let i = 0; i < arrived; i++) loss.handleArrived();
      loss.handleLost(lost);
      loss.update(t, loss.bps, 10e6, 50);
    }
  }

  it('grows by 8 % a second below 2 %', () => {
    const loss = new LossControl(1e6, 30_000, 10e6);
    reports(loss, 0, 5050, 100, 1);
    expect(loss.bps / 1e6).toBeCloseTo(1.08 ** 5, 1);
  });

  it('stays between 2 and 10 %', () => {
    const loss = new LossControl(1e6, 30_000, 10e6);
    reports(loss, 0, 5000, 95, 5);
    expect(loss.bps).toBe(1e6);
    expect(loss.lossRatio).toBeCloseTo(0.05);
  });

  it('falls above 10 %, by half the share lost, once per 300 ms and round trip', () => {
    const loss = new LossControl(1e6, 30_000, 10e6);
    reports(loss, 0, 50, 70, 30);
    expect(loss.bps).toBeCloseTo(0.85e6);
    reports(loss, 50, 350, 70, 30);
    expect(loss.bps).toBeCloseTo(0.85e6);
    reports(loss, 350, 400, 70, 30);
    expect(loss.bps).toBeCloseTo(0.85 ** 2 * 1e6);
  });

  it('wants to be sure of a few packets', () => {
    const loss = new LossControl(1e6, 30_000, 10e6);
    for (let i = 0; i < 17; i++) loss.handleArrived();
    loss.handleLost(3);
    expect(loss.update(0, 1e6, 10e6, 50)).toBe(false);
    for (let i = 0; i < 17; i++) loss.handleArrived();
    loss.handleLost(13);
    expect(loss.update(100, 1e6, 10e6, 50)).toBe(true);
  });

  it('decides after three seconds at the latest', () => {
    const loss = new LossControl(1e6, 30_000, 10e6);
    for (let t = 0; t <= 3000; t += 500) {
      expect(loss.bps).toBe(1e6);
      for (let i = 0; i < 8; i++) loss.handleArrived();
      loss.handleLost(1);
      loss.update(t, 1e6, 10e6, 50);
    }
    expect(loss.bps).toBeLessThan(1e6);
  });
});
