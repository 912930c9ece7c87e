import type { WindowController } from '@hawser/wire';
import { describe, expect, it } from 'vitest';
import { Cubic, LiaGroup, OliaGroup } from '../../src/index.ts';
import { Bottleneck } from '../support/bottleneck.ts';
import { BulkFlow, PACKET_BYTES } from '../support/bulk-flow.ts';
import { Clockwork } from '../support/clockwork.ts';
import { seeded } from '../support/random.ts';
import { Reno } from '../support/reno.ts';

interface World {
  clock: Clockwork;
  link(bps: number, queueMs: number, lossRatio?: number): Bottleneck;
  flow(link: Bottleneck, oneWayMs: number, window: WindowController): BulkFlow;
  /** Bit/s of each flow from `fromMs` to `toMs`. */
  run(fromMs: number, toMs: number): number[];
}

function world(seed: number): World {
  const clock = new Clockwork();
  const random = seeded(seed);
  const flows: BulkFlow[] = [];
  return {
    clock,
    link(bps, queueMs, lossRatio = 0) {
      const made = new Bottleneck(clock, bps, queueMs, random);
      made.lossRatio = lossRatio;
      made.jitterMs = 1;
      return made;
    },
    flow(link, oneWayMs, window) {
      const made = new BulkFlow(clock, link, oneWayMs, window);
      flows.push(made);
      return made;
    },
    run(fromMs, toMs) {
      clock.runUntil(fromMs);
      const before = flows.map((flow) => flow.ackedBytes);
      clock.runUntil(toMs);
      return flows.map((flow, i) => ((flow.ackedBytes - before[i]) * 8000) / (toMs - fromMs));
    },
  };
}

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

describe('CUBIC over a bottleneck', () => {
  it('fills 20 Mbit/s at 40 ms with a queue of one round trip', () => {
    const w = world(1);
    w.flow(w.link(20e6, 40), 20, new Cubic(PACKET_BYTES));
    expect(w.run(2000, 20_000)[0]).toBeGreaterThan(0.95 * 20e6);
  });

  it('ends slow start with a quarter of the losses, or less, when it hears round-trip times', () => {
    const lost = [false, true].map((hystart) => {
      const w = world(2);
      const link = w.link(50e6, 100);
      w.flow(link, 25, new Cubic(PACKET_BYTES, { hystart }));
      w.run(0, 1200);
      return link.dropped;
    });
    expect(lost[0]).toBeGreaterThan(100);
    expect(lost[1]).toBeLessThan(lost[0] / 4);
  });

  it('gets at 2 % random loss what Reno gets, within a factor', () => {
    const [cubic, reno] = [new Cubic(PACKET_BYTES), new Reno(PACKET_BYTES)].map((window) => {
      const w = world(3);
      w.flow(w.link(20e6, 50, 0.02), 20, window);
      return w.run(2000, 30_000)[0];
    });
    expect(cubic / reno).toBeGreaterThan(0.7);
    expect(cubic / reno).toBeLessThan(1.6);
  });

  it('shares with Reno at a short round-trip time', () => {
    const w = world(4);
    const link = w.link(10e6, 20);
    w.flow(link, 5, new Cubic(PACKET_BYTES));
    w.flow(link, 5, new Reno(PACKET_BYTES));
    const [cubic, reno] = w.run(10_000, 60_000);
    expect(cubic / reno).toBeGreaterThan(0.4);
    expect(cubic / reno).toBeLessThan(2.5);
  });

  it('does not grow while the application limits it', () => {
    const w = world(5);
    const flow = w.flow(w.link(50e6, 100), 20, new Cubic(PACKET_BYTES));
    flow.applicationLimitBytes = 30_000;
    w.run(0, 20_000);
    expect(flow.window.windowBytes).toBeLessThanOrEqual(61_200);
  });
});

describe.each([
  ['LIA', () => new LiaGroup()],
  ['OLIA', () => new OliaGroup()],
] as const)('%s', (_name, makeGroup) => {
  it('takes together what one TCP takes where all paths share the bottleneck', () => {
    const shares = [11, 12, 13].map((seed) => {
      const w = world(seed);
      const link = w.link(12e6, 40);
      link.earlyDropRatio = 0.02;
      const group = makeGroup();
      w.flow(link, 20, group.controller(0, PACKET_BYTES));
      w.flow(link, 20, group.controller(1, PACKET_BYTES));
      w.flow(link, 20, new Reno(PACKET_BYTES));
      const [a, b, tcp] = w.run(10_000, 80_000);
      return (a + b) / tcp;
    });
    const middle = shares.sort((a, b) => a - b)[1];
    expect(middle).toBeGreaterThan(0.7);
    expect(middle).toBeLessThan(1.4);
  });

  it('gets at least what its best path gives alone', () => {
    const single = world(21);
    single.flow(single.link(12e6, 40), 20, new Reno(PACKET_BYTES));
    const alone = single.run(5000, 40_000)[0];
    const w = world(21);
    const group = makeGroup();
    w.flow(w.link(12e6, 40), 20, group.controller(0, PACKET_BYTES));
    w.flow(w.link(12e6, 40), 20, group.controller(1, PACKET_BYTES));
    expect(sum(w.run(5000, 40_000))).toBeGreaterThan(1.6 * alone);
  });

  it('prefers the path with less loss', () => {
    const w = world(31);
    const group = makeGroup();
    w.flow(w.link(20e6, 60, 0.001), 20, group.controller(0, PACKET_BYTES));
    w.flow(w.link(20e6, 60, 0.02), 20, group.controller(1, PACKET_BYTES));
    const [good, bad] = w.run(10_000, 60_000);
    expect(good).toBeGreaterThan(2 * bad);
  });

  it('takes more again when the paths turn out not to share', () => {
    const w = world(41);
    const link = () => w.link(10e6, 60, 0.003);
    const group = makeGroup();
    const a = group.controller(0, PACKET_BYTES);
    const b = group.controller(1, PACKET_BYTES);
    w.flow(link(), 30, a);
    w.flow(link(), 30, b);
    const together = sum(w.run(5000, 30_000));
    group.remove(a);
    group.remove(b);
    const apart = sum(w.run(30_000, 60_000));
    expect(apart).toBeGreaterThan(1.1 * together);
  });
});
