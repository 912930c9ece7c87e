import { NEVER } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MEDIA_RATE, type MediaRateServices, MediaRates } from './media-rates.ts';
import { PathRecords } from './path-records.ts';

/** A rate control over two paths, and what a peer's reports would do to it. */
function world(services: Partial<MediaRateServices> = {}) {
  const records = new PathRecords(1200);
  for (const path of [0, 1]) records.add(0, path);
  const active = new Set([0, 1]);
  const rates = new MediaRates(DEFAULT_MEDIA_RATE, {
    record: (path) => records.find(path),
    isActive: (path) => active.has(path),
    copyShare: () => 0,
    queuedBytes: () => 0,
    ...services,
  });
  /** Packets of 1 000 bytes, one each millisecond, all of which arrive; a report every 50 ms. */
  const carry = (path: number, from: number, ms: number, { copied = false, lossEvery = 0 } = {}) => {
    for (let at = from; at < from + ms; at += 50) {
      for (let i = 0; i < 50; i++) rates.handleSent(at + i, path, 1000, copied);
      for (let i = 0; i < 50; i++) {
        const lost = lossEvery > 0 && i % lossEvery === 0;
        if (lost) rates.handleMissing(at + 60, path, at + i, 1000, 0, copied);
        else rates.handleArrived(at + 60, path, at + i, at + i + 7000, 1000, 0, copied);
      }
      rates.handleReportEnd(at + 60);
    }
  };
  return { rates, records, active, carry };
}

describe('the rate of media', () => {
  it('bounds nothing while the peer reports nothing', () => {
    const { rates, records } = world();
    for (let at = 0; at < 5000; at++) rates.handleSent(at, 0, 1000, false);
    expect(rates.find(0)).toBeUndefined();
    expect(rates.pollTimeout()).toBe(NEVER);
    expect(records.find(0)?.isMediaPaced).toBe(false);
    expect(rates.takeTarget()).toBe(0);
  });

  it('starts at what was sent before the first report, and paces the path from then on', () => {
    const { rates, records, carry } = world();
    carry(0, 0, 50);
    const record = records.find(0);
    expect(rates.find(0)?.targetBps).toBeGreaterThan(3e6);
    expect(record?.isMediaPaced).toBe(true);
    expect(record?.pacer.rateBps).toBeCloseTo(2.5 * (record?.mediaRateBps ?? 0), -3);
    expect(rates.find(1)).toBeUndefined();
  });

  it('gives each path its own: loss on one takes nothing from the other', () => {
    const { rates, carry } = world();
    for (let round = 0; round < 40; round++) {
      carry(0, 100 * round, 50);
      carry(1, 100 * round, 50, { lossEvery: 3 });
    }
    expect(rates.find(1)?.targetBps).toBeLessThan(0.5 * (rates.find(0)?.targetBps ?? 0));
  });

  it('learns nothing from packets that left on two paths', () => {
    const { rates, carry } = world();
    carry(0, 0, 1000, { copied: true, lossEvery: 2 });
    expect(rates.find(0)).toBeUndefined();
  });

  it('tells an encoder the sum of the active paths less what copies take, when it is another by 5 %', () => {
    const { rates, active, carry } = world({ copyShare: () => 0.2 });
    carry(0, 0, 200);
    carry(1, 200, 200);
    const both = rates.takeTarget();
    expect(both).toBeCloseTo(0.8 * ((rates.find(0)?.targetBps ?? 0) + (rates.find(1)?.targetBps ?? 0)), 0);
    expect(rates.takeTarget()).toBe(0);
    active.delete(1);
    rates.handlePaths();
    expect(rates.takeTarget()).toBeCloseTo(0.8 * (rates.find(0)?.targetBps ?? 0), 0);
    rates.forget(0);
    expect(rates.find(0)).toBeUndefined();
    expect(rates.targetBps).toBe(0);
  });

  it('halves the rate of a path on which reports stay away, and goes on', () => {
    const { rates, carry } = world();
    carry(0, 0, 500);
    const before = rates.find(0)?.targetBps ?? 0;
    rates.handleSent(600, 0, 1000, false);
    const at = rates.pollTimeout();
    expect(at).toBeLessThan(NEVER);
    rates.handleTimeout(at);
    expect(rates.find(0)?.targetBps).toBeCloseTo(before / 2, 0);
    expect(rates.pollTimeout()).toBeGreaterThan(at);
  });

  it('takes a packet that is so late that it was sent again for lost', () => {
    const { rates, carry } = world();
    carry(0, 0, 1000);
    const before = rates.find(0)?.targetBps ?? 0;
    for (let i = 0; i < 900; i++) rates.handleOverdue(1900, 0, 1000 + i, 1000);
    rates.handleReportEnd(2200);
    expect(rates.find(0)?.targetBps).toBeLessThan(0.8 * before);
  });

  it('probes with what waits, at the rate of the probe', () => {
    let queued = 0;
    const { rates, records, carry } = world({ queuedBytes: () => queued });
    carry(0, 0, 50);
    const target = rates.find(0)?.targetBps ?? 0;
    queued = 1e6;
    rates.handleSent(200, 0, 1000, false);
    expect(rates.find(0)?.counters.probes).toBe(1);
    expect(records.find(0)?.pacer.rateBps).toBeGreaterThan(2.9 * target);
  });

  it('stays sound whatever a peer reports of packets that were never sent', () => {
    const { rates, carry } = world();
    carry(0, 0, 50);
    for (let i = 0; i < 1000; i++) rates.handleArrived(100, 0, 50, i / 100, 65_535, i, false);
    rates.handleReportEnd(101);
    rates.handleArrived(100, 77, 50, 0, 1000, 1, false);
    rates.handleMissing(100, 77, 50, 1000, 1, false);
    rates.handleReportEnd(102);
    expect(rates.find(77)).toBeUndefined();
    expect(rates.find(0)?.targetBps).toBeLessThan(1e7);
  });
});
