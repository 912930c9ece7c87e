import { describe, expect, it } from 'vitest';
import { type GccConfig, GccController } from '../../src/index.ts';
import { Bottleneck } from '../support/bottleneck.ts';
import { BulkFlow, PACKET_BYTES } from '../support/bulk-flow.ts';
import { Clockwork } from '../support/clockwork.ts';
import { MediaFlow } from '../support/media-flow.ts';
import { seeded } from '../support/random.ts';
import { Reno } from '../support/reno.ts';

class World {
  readonly clock = new Clockwork();
  readonly link: Bottleneck;
  readonly flows: MediaFlow[] = [];

  constructor(seed: number, bps: number, queueMs = 300) {
    this.link = new Bottleneck(this.clock, bps, queueMs, seeded(seed));
    this.link.jitterMs = 2;
  }

  add(oneWayMs = 25, config: GccConfig = {}): MediaFlow {
    const flow = new MediaFlow(this.clock, this.link, oneWayMs, new GccController(config));
    this.flows.push(flow);
    return flow;
  }

  /** Over a span: bit/s that arrive, mean delay beyond the path's own, share lost, target sampled every 100 ms. */
  run(fromMs: number, toMs: number) {
    this.clock.runUntil(fromMs);
    const before = this.flows.map((flow) => [flow.arrivedBytes, flow.delaySumMs, flow.packets]);
    const [dropped] = [this.link.dropped];
    this.link.longestQueueMs = 0;
    const targets: number[][] = this.flows.map(() => []);
    for (let t = fromMs + 100; t <= toMs; t += 100) {
      this.clock.runUntil(t);
      for (const [i, flow] of this.flows.entries()) targets[i].push(flow.gcc.targetBps);
    }
    const packets = this.flows.reduce((sum, flow, i) => sum + flow.packets - before[i][2], 0);
    return {
      bps: this.flows.map((flow, i) => ((flow.arrivedBytes - before[i][0]) * 8000) / (toMs - fromMs)),
      delayMs: this.flows.map((flow, i) => (flow.delaySumMs - before[i][1]) / (flow.packets - before[i][2])),
      lost: (this.link.dropped - dropped) / packets,
      longestQueueMs: this.link.longestQueueMs,
      targets,
    };
  }
}

describe('GCC over a bottleneck', () => {
  it.each([0.5e6, 2e6, 10e6])('fills %d bit/s and keeps the queue short', (capacity) => {
    for (const seed of [1, 2, 3]) {
      const world = new World(seed, capacity);
      world.add();
      const { bps, delayMs, longestQueueMs, lost } = world.run(15_000, 60_000);
      expect(bps[0] / capacity).toBeGreaterThan(0.85);
      expect(bps[0] / capacity).toBeLessThan(1.05);
      expect(delayMs[0]).toBeLessThan(40);
      expect(longestQueueMs).toBeLessThan(200);
      expect(lost).toBe(0);
    }
  });

  it('finds most of 10 Mbit/s in three seconds from 300 kbit/s by probes, and not without', () => {
    const reached = [true, false].map((probing) => {
      const world = new World(3, 10e6);
      const flow = world.add(25, { probing });
      world.clock.runUntil(3000);
      return flow.gcc.targetBps;
    });
    expect(reached[0]).toBeGreaterThan(5e6);
    expect(reached[1]).toBeLessThan(0.5e6);
  });

  it.each([1, 2, 3])('is below the capacity a second after that was halved, and back when it is (seed %d)', (seed) => {
    const world = new World(seed, 4e6);
    const flow = world.add();
    world.clock.runUntil(20_000);
    expect(flow.gcc.targetBps).toBeGreaterThan(3e6);
    world.link.bps = 2e6;
    world.clock.runUntil(21_000);
    expect(flow.gcc.targetBps).toBeLessThan(2.05e6);
    const halved = world.run(24_000, 50_000);
    expect(halved.bps[0]).toBeGreaterThan(0.8 * 2e6);
    expect(halved.longestQueueMs).toBeLessThan(200);
    world.link.bps = 4e6;
    expect(world.run(75_000, 90_000).bps[0]).toBeGreaterThan(0.75 * 4e6);
  });

  it.each([0, 0.01, 0.05])('keeps most of its rate at a random loss of %d', (loss) => {
    const world = new World(5, 2e6);
    world.link.lossRatio = loss;
    world.add();
    expect(world.run(10_000, 60_000).bps[0]).toBeGreaterThan(0.8 * 2e6);
  });

  it('gives way when a fifth is lost', () => {
    const world = new World(5, 2e6);
    const flow = world.add();
    world.clock.runUntil(10_000);
    world.link.lossRatio = 0.2;
    world.clock.runUntil(30_000);
    expect(flow.gcc.targetBps).toBeLessThan(0.5e6);
    expect(flow.gcc.lossRatio).toBeGreaterThan(0.1);
  });

  it('counts CE marks as losses', () => {
    const world = new World(5, 2e6);
    const flow = world.add();
    world.clock.runUntil(10_000);
    for (let t = 10_050; t < 20_000; t += 50) {
      world.clock.runUntil(t);
      flow.gcc.handleEcn(t, 3);
    }
    expect(flow.gcc.targetBps).toBeLessThan(1e6);
    expect(flow.gcc.counters.ecnMarked).toBe(597);
  });

  it.each([6, 7, 8])('shares with a second one (seed %d)', (seed) => {
    const world = new World(seed, 4e6);
    world.add();
    world.clock.runUntil(10_000);
    world.add();
    const { bps } = world.run(40_000, 100_000);
    expect(bps[0] + bps[1]).toBeGreaterThan(0.85 * 4e6);
    expect(Math.min(...bps) / Math.max(...bps)).toBeGreaterThan(0.4);
  });

  it('falls to its least rate while reports stay away, and comes back with them', () => {
    const world = new World(9, 4e6);
    const flow = world.add();
    world.clock.runUntil(20_000);
    const before = flow.gcc.targetBps;
    flow.reporting = false;
    world.clock.runUntil(21_500);
    expect(flow.gcc.targetBps).toBeCloseTo(before / 2, -5);
    world.clock.runUntil(30_000);
    expect(flow.gcc.targetBps).toBe(30_000);
    expect(flow.gcc.counters.timeouts).toBeGreaterThan(6);
    flow.reporting = true;
    expect(world.run(40_000, 60_000).bps[0]).toBeGreaterThan(0.7 * 4e6);
  });

  it('sends nothing and hears nothing, and keeps its rate', () => {
    const world = new World(10, 4e6);
    const flow = world.add();
    world.clock.runUntil(20_000);
    flow.paused = true;
    world.clock.runUntil(20_500);
    const before = flow.gcc.targetBps;
    world.clock.runUntil(80_000);
    expect(flow.gcc.targetBps).toBe(before);
    expect(flow.gcc.counters.timeouts).toBe(0);
  });

  it('does not grow beyond 1.5 times what arrives, but by probes', () => {
    const [without, probed] = [false, true].map((probing) => {
      const world = new World(11, 10e6);
      const flow = world.add(25, { probing });
      flow.applicationBps = 300_000;
      world.clock.runUntil(60_000);
      return { target: flow.gcc.targetBps, limited: flow.gcc.applicationLimited };
    });
    expect(without.target).toBeLessThan(1.5 * 330_000 + 10_000);
    expect(probed.target).toBeGreaterThan(3e6);
    expect(probed.limited).toBe(true);
  });

  it('follows a capacity that varies (RFC 8867 5.1)', () => {
    const world = new World(12, 1e6);
    world.add(50, { startBps: 300_000, maxBps: 1_500_000 });
    const spans = [
      [1, 0, 40],
      [2.5, 40, 60],
      [0.6, 60, 80],
      [1, 80, 100],
    ];
    for (const [factor, from, to] of spans) {
      world.link.bps = factor * 1e6;
      const { bps, delayMs } = world.run((from + 8) * 1000, to * 1000);
      // The media stops at 1.5 Mbit/s.
      const reachable = Math.min(factor * 1e6, 1.5e6);
      expect(bps[0] / reachable).toBeGreaterThan(0.75);
      expect(bps[0] / reachable).toBeLessThan(1.05);
      expect(delayMs[0]).toBeLessThan(80);
    }
  });

  /** RFC 8867: flows of at most 1.5 Mbit/s that start when and as far away as told; shares of the capacity. */
  function shares(seed: number, capacity: number, flows: readonly (readonly [startS: number, oneWayMs: number])[]) {
    const world = new World(seed, capacity);
    for (const [startS, oneWayMs] of flows) {
      world.clock.runUntil(startS * 1000);
      world.add(oneWayMs, { maxBps: 1_500_000 });
    }
    return {
      world,
      over: (fromS: number, toS: number) => world.run(fromS * 1000, toS * 1000).bps.map((b) => b / capacity),
    };
  }

  it('shares among three that came one after another (RFC 8867 5.4)', () => {
    const { over } = shares(1, 3.5e6, [
      [0, 50],
      [20, 50],
      [40, 50],
    ]);
    const parts = over(60, 119);
    expect(Math.min(...parts)).toBeGreaterThan(0.2);
    expect(parts[0] + parts[1] + parts[2]).toBeGreaterThan(0.85);
  });

  it('leaves a third of a fair share or more to who is far away (RFC 8867 5.5)', () => {
    const { over } = shares(1, 4e6, [
      [0, 10],
      [10, 25],
      [20, 50],
      [30, 100],
      [40, 150],
    ]);
    const parts = over(200, 300);
    expect(Math.min(...parts)).toBeGreaterThan(0.2 / 3);
    expect(Math.max(...parts)).toBeLessThan(0.4);
  });

  it('is not starved by a TCP (RFC 8867 5.6)', () => {
    const world = new World(1, 2e6);
    const flow = world.add(50, { maxBps: 1_500_000 });
    world.clock.at(5000, () => new BulkFlow(world.clock, world.link, 50, new Reno(PACKET_BYTES)));
    expect(world.run(30_000, 119_000).bps[0]).toBeGreaterThan(0.05 * 2e6);
    expect(flow.gcc.counters.timeouts).toBe(0);
  });

  it('takes what a paused one leaves, and gives it back (RFC 8867 5.8)', () => {
    const { world, over } = shares(2, 3.5e6, [
      [0, 50],
      [0, 50],
      [0, 50],
    ]);
    const before = over(25, 40);
    world.flows[1].paused = true;
    const meanwhile = over(50, 60);
    expect(meanwhile[1]).toBeLessThan(0.01);
    expect(meanwhile[0] + meanwhile[2]).toBeGreaterThan(before[0] + before[2]);
    world.flows[1].paused = false;
    const after = over(80, 119);
    expect(Math.min(...after)).toBeGreaterThan(0.15);
  });
});
