import { describe, expect, it } from 'vitest';
import { type BottleneckConfig, BottleneckDetector, Cubic, PathCoupling } from '../../src/index.ts';
import { Bottleneck } from '../support/bottleneck.ts';
import { BulkFlow, PACKET_BYTES } from '../support/bulk-flow.ts';
import { Clockwork } from '../support/clockwork.ts';
import { crossTraffic, measuredPath } from '../support/measured-path.ts';
import { seeded } from '../support/random.ts';

/** Paths 0 and 1 share a bottleneck, 2 has one of its own, 3 has none. Shares of a minute in which it says what. */
function minute(seed: number, cross: 'windows' | 'bursts' | 'nothing', config: BottleneckConfig) {
  const clock = new Clockwork();
  const random = seeded(seed);
  const links = [8e6, 8e6, 50e6].map((bps) => new Bottleneck(clock, bps, 200, random));
  for (const link of links) link.jitterMs = 2;
  for (const [i, link] of links.slice(0, 2).entries()) {
    // Not in step.
    clock.at(700 * i, () => {
      if (cross === 'bursts') crossTraffic(clock, link, 9e6, random);
      if (cross === 'windows')
        for (const ms of [20 + 5 * i, 27]) new BulkFlow(clock, link, ms, new Cubic(PACKET_BYTES));
    });
  }
  const detector = new BottleneckDetector(config);
  const listener = {
    arrived: detector.handleArrived.bind(detector),
    missing: detector.handleMissing.bind(detector),
  };
  measuredPath(clock, links[0], 0, 20, listener);
  measuredPath(clock, links[0], 1, 45, listener);
  measuredPath(clock, links[1], 2, 20, listener);
  measuredPath(clock, links[2], 3, 20, listener);
  let [right, wrong, firstMs] = [0, 0, Number.POSITIVE_INFINITY];
  for (let t = 500; t <= 60_000; t += 500) {
    clock.runUntil(t);
    if (detector.shares(0, 1)) {
      right += 1 / 120;
      firstMs = Math.min(firstMs, t);
    }
    if ([0, 1, 3].some((path) => detector.shares(path, 2)) || detector.shares(0, 3)) wrong += 1 / 120;
  }
  return { right, wrong, firstMs, detector };
}

describe.each(['windows', 'bursts'] as const)('shared bottleneck detection beside %s', (cross) => {
  it.each([1, 2, 3])('finds who shares within six seconds (seed %d)', (seed) => {
    const { right, wrong, firstMs } = minute(seed, cross, {});
    expect(firstMs).toBeLessThan(6000);
    expect(right).toBeGreaterThan(0.85);
    expect(wrong).toBeLessThan(0.3);
  });
});

describe('shared bottleneck detection', () => {
  it('by RFC 8382 alone needs 2·M intervals, and finds it by then', () => {
    const results = [1, 2, 3].map((seed) => minute(seed, 'windows', { correlation: 2 }));
    for (const { firstMs } of results) expect(firstMs).toBeGreaterThan(2 * 30 * 350);
    const found = results.filter(({ right, wrong }) => right > 0.2 && right > wrong);
    expect(found.length).toBeGreaterThanOrEqual(2);
  });

  it('finds nothing where there is no queue', () => {
    const { right, wrong } = minute(1, 'nothing', {});
    expect(right).toBe(0);
    expect(wrong).toBe(0);
  });

  it('couples the windows of the paths that share', () => {
    const { detector } = minute(2, 'bursts', {});
    const coupling = new PathCoupling();
    for (const path of [0, 1, 2, 3]) coupling.controller(path, PACKET_BYTES);
    const [paths, groups] = [new Int32Array(16), new Int32Array(16)];
    coupling.regroup(paths, groups, detector.groups(paths, groups));
    expect(coupling.find(0)?.group).toBeDefined();
    expect(coupling.find(0)?.group).toBe(coupling.find(1)?.group);
    expect(coupling.find(3)?.group).toBeUndefined();
  });
});
