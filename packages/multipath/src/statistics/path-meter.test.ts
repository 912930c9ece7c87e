import { describe, expect, it } from 'vitest';
import { PathMeter } from './path-meter.ts';
import { SentAs } from './sent-as.ts';

describe('meter of a path', () => {
  it('follows the rates of what leaves and of what arrives', () => {
    const meter = new PathMeter(0);
    for (let now = 100; now <= 1000; now += 100) {
      meter.traffic.handleSent(SentAs.first, 12_500);
      meter.handleDelivered(6250);
      meter.measure(now);
    }
    expect(meter.sendBps / 1e6).toBeCloseTo(1, 2);
    expect(meter.deliveryBps / 1e6).toBeCloseTo(0.5, 2);
  });

  it('counts what one interval had apart', () => {
    const meter = new PathMeter(0);
    meter.handleDelivered(100);
    meter.handleArrived(20, 10);
    meter.restartInterval();
    meter.handleDelivered(50);
    expect([meter.deliveredBytes, meter.interval.deliveredBytes]).toEqual([150, 50]);
    expect([meter.delays.count, meter.interval.delays.count]).toEqual([1, 0]);
  });

  it('measures nothing over no time', () => {
    const meter = new PathMeter(5);
    meter.traffic.handleSent(SentAs.first, 1000);
    meter.measure(5);
    expect(meter.sendBps).toBe(0);
  });

  it('keeps the least round trip, of those that were measured', () => {
    const meter = new PathMeter(0);
    for (const rttMs of [0, 30, 20, 25]) meter.handleRtt(rttMs);
    expect(meter.rttMinMs).toBe(20);
  });

  it('tells how far the path reorders', () => {
    const meter = new PathMeter(0);
    for (const sentAt of [0, 10, 30, 15, 20, 40]) meter.handleArrived(50, sentAt);
    expect(meter.reorderExtentMs).toBe(15);
    expect(meter.delays.count).toBe(6);
  });
});
