import { NO_PATH, PacketClass, type PathId } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidatesOf } from '../../test/kit/candidates.ts';
import type { PathPriority } from '../policy/path-rules.ts';
import { AdaptiveCopies } from './adaptive-redundant.ts';
import { AutoChooser } from './auto.ts';
import { BackupChooser } from './backup.ts';
import { pickDisjoint } from './disjoint.ts';
import { InFlightChooser } from './in-flight.ts';
import { MinRttChooser } from './min-rtt.ts';
import { PacketHints } from './packet-hints.ts';
import { RedundantCopies } from './redundant.ts';
import type { SchedulerServices } from './scheduler.ts';
import { WrrChooser } from './wrr.ts';

const { audio, control, data, repair, videoDelta, videoKey } = PacketClass;

/** Paths 0 and 1 leave by one interface, 2 and 3 by another; 1 and 3 go to one address. */
const services: SchedulerServices = {
  weightOf: () => 1,
  sharedEnds: (a, b) => (a >> 1 === b >> 1 ? 1 : 0) + (a % 2 === b % 2 ? 1 : 0),
  primary: () => 0,
  isDoubtful: () => false,
};

describe('lowest round-trip time first', () => {
  it('fills the fast path and spills over, an unmeasured path last', () => {
    const c = candidatesOf([
      { id: 4, srttMs: 0 },
      { id: 5, srttMs: 30, credit: 1000 },
      { id: 6, srttMs: 20, credit: 500 },
    ]);
    const chooser = new MinRttChooser();
    expect(chooser.choose(0, data, 500, c)).toBe(6);
    expect(chooser.choose(0, data, 501, c)).toBe(5);
    expect(chooser.choose(0, data, 1001, c)).toBe(4);
  });
});

describe('least in flight', () => {
  it('takes the path whose window is the emptiest, of equals the faster', () => {
    const c = candidatesOf([
      { id: 0, srttMs: 10, window: 10_000, inFlight: 5000 },
      { id: 1, srttMs: 50, window: 100_000, inFlight: 49_000 },
    ]);
    const chooser = new InFlightChooser();
    expect(chooser.choose(0, data, 1000, c)).toBe(1);
    c.inFlightBytes[1] = 50_000;
    expect(chooser.choose(0, data, 1000, c)).toBe(0);
  });
});

describe('weighted round robin', () => {
  it('interleaves packets by weight rather than sending them in runs', () => {
    const chooser = new WrrChooser((path) => [3, 1][path]);
    const c = candidatesOf([{ id: 0 }, { id: 1 }]);
    const order: PathId[] = [];
    for (let i = 0; i < 12; i++) {
      order.push(chooser.choose(0, data, 1 + i * 100, c));
      chooser.sent(0, order[i]);
    }
    expect(order.filter((path) => path === 0)).toHaveLength(9);
    expect(order.join('')).not.toContain('0000');
  });

  it('shares packets in proportion to the weights, whatever these are', () => {
    const weight = fc.double({ min: 0.1, max: 10, noNaN: true });
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 8 }), (weights) => {
        const chooser = new WrrChooser((path) => weights[path]);
        const c = candidatesOf(weights.map((_, id) => ({ id })));
        const counts = weights.map(() => 0);
        for (let i = 0; i < 2000; i++) {
          const path = chooser.choose(0, data, 1200, c);
          chooser.sent(0, path);
          counts[path]++;
        }
        const total = weights.reduce((a, b) => a + b);
        // A path is ahead or behind by no more than what one packet of the lightest moves the clock.
        const slack = 2 + (2 * Math.max(...weights)) / Math.min(...weights);
        for (let i = 0; i < weights.length; i++) {
          expect(Math.abs(counts[i] - (2000 * weights[i]) / total)).toBeLessThanOrEqual(slack);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('does not let a path make up for the time in which it had no credit', () => {
    const chooser = new WrrChooser(() => 1);
    const blocked = candidatesOf([{ id: 0 }, { id: 1, credit: 0 }]);
    for (let i = 0; i < 1000; i++) chooser.sent(0, chooser.choose(0, data, 1200, blocked));
    const open = candidatesOf([{ id: 0 }, { id: 1 }]);
    let second = 0;
    for (let i = 0; i < 100; i++) {
      const path = chooser.choose(0, data, 1200, open);
      chooser.sent(0, path);
      second += path;
    }
    expect(second).toBeLessThanOrEqual(51);
  });
});

describe('backup', () => {
  const priorities: PathPriority[] = ['backup', 'normal', 'primary', 'primary'];
  const doubtful = new Set<PathId>();
  const chooser = new BackupChooser(
    (path) => priorities[path],
    (path) => doubtful.has(path),
  );

  it('uses the highest priority only, and waits for it', () => {
    const c = candidatesOf([
      { id: 0, srttMs: 1 },
      { id: 1, srttMs: 2 },
      { id: 2, srttMs: 9, credit: 1000 },
      { id: 3, srttMs: 8, credit: 900 },
    ]);
    expect(chooser.choose(0, data, 900, c)).toBe(3);
    expect(chooser.choose(0, data, 1000, c)).toBe(2);
    expect(chooser.choose(0, data, 1100, c)).toBe(NO_PATH);
  });

  it('takes the next when none is left, and a doubtful one last', () => {
    const c = candidatesOf([{ id: 0 }, { id: 1 }]);
    expect(chooser.choose(0, data, 900, c)).toBe(1);
    doubtful.add(1);
    expect(chooser.choose(0, data, 900, c)).toBe(0);
    doubtful.add(0);
    expect(chooser.choose(0, data, 900, c)).toBe(1);
  });
});

describe('copies', () => {
  const four = candidatesOf([0, 1, 2, 3].map((id) => ({ id, srttMs: 10 + id, delayMs: 5 + id })));
  const into = new Int32Array(4);
  const paths = (count: number) => [...into.subarray(0, count)];

  it('take the paths that share the least with those that carry the packet already', () => {
    expect(paths(pickDisjoint(0, 1, 100, four, services, into))).toEqual([3]);
    expect(paths(pickDisjoint(0, 3, 100, four, services, into))).toEqual([3, 1, 2]);
  });

  it('prefer a sound path to a doubtful one that shares as little, but not one that shares more', () => {
    const one = { ...services, sharedEnds: () => 0, isDoubtful: (path: PathId) => path === 1 };
    expect(paths(pickDisjoint(0, 3, 100, four, one, into))).toEqual([2, 3, 1]);
    const other = { ...services, isDoubtful: (path: PathId) => path === 3 };
    expect(paths(pickDisjoint(0, 1, 100, four, other, into))).toEqual([3]);
  });

  it('leave out a path that would make them wait for more than 20 ms', () => {
    const c = candidatesOf([
      { id: 0 },
      { id: 1, credit: 0, rateBps: 0 },
      { id: 2, credit: 0, rateBps: 480_000 },
      { id: 3, credit: 0, rateBps: 479_000 },
    ]);
    expect(paths(pickDisjoint(0, 3, 1200, c, services, into))).toEqual([2]);
  });

  it('of the redundant mode are one fewer than the paths asked for', () => {
    expect(new RedundantCopies(services, 3).copies(0, data, 100, 0, four, into)).toBe(2);
    expect(new RedundantCopies(services, 1).copies(0, data, 100, 0, four, into)).toBe(0);
  });

  it('of the adaptive mode come with doubt in the first path and go with half of it', () => {
    const c = candidatesOf([{ id: 0, srttMs: 40, rttVarMs: 10 }, { id: 3 }]);
    const adaptive = new AdaptiveCopies(services);
    const copied = () => adaptive.copies(0, data, 100, 0, c, into);
    expect(copied()).toBe(0);
    c.rttVarMs[0] = 11;
    expect(copied()).toBe(1);
    c.rttVarMs[0] = 6;
    expect(copied()).toBe(1);
    c.rttVarMs[0] = 5;
    expect(copied()).toBe(0);
    c.lossRatio[0] = 0.03;
    expect(copied()).toBe(1);
    c.lossRatio[0] = 0;
    c.srttMs[0] = 0;
    expect(copied()).toBe(1);
    adaptive.forget(0);
    c.srttMs[0] = 40;
    c.rttVarMs[0] = 10;
    expect(copied()).toBe(0);
  });

  it('of the adaptive mode come while any path is doubtful', () => {
    const c = candidatesOf([{ id: 0, srttMs: 40, rttVarMs: 1 }, { id: 3 }]);
    const adaptive = new AdaptiveCopies({ ...services, isDoubtful: (path) => path === 3 });
    expect(adaptive.copies(0, data, 100, 0, c, into)).toBe(1);
  });
});

describe('auto', () => {
  const fast = { id: 0, srttMs: 20, delayMs: 10, rateBps: 10e6 };
  const slow = { id: 3, srttMs: 60, delayMs: 30, rateBps: 10e6 };
  const into = new Int32Array(4);

  function setUp(more: Partial<SchedulerServices> = {}) {
    const packet = new PacketHints();
    return { packet, auto: new AutoChooser({ ...services, packet, ...more }) };
  }

  it('copies audio, control, repair and the last packet of a frame or message, and nothing else', () => {
    const { auto, packet } = setUp();
    const c = candidatesOf([fast, slow]);
    const copied = (cls: PacketClass) => auto.copies(0, cls, 200, 0, c, into);
    for (const cls of [audio, control]) expect(copied(cls)).toBe(1);
    for (const cls of [data, repair, videoDelta, videoKey]) expect(copied(cls)).toBe(0);
    packet.isLast = true;
    expect(copied(repair)).toBe(1);
    expect(copied(data)).toBe(1);
    expect(copied(data)).toBe(1);
    // Of video every other, so that its paths keep being measured.
    for (const cls of [videoDelta, videoKey]) expect([copied(cls), copied(cls)]).toEqual([1, 0]);
    expect(into[0]).toBe(3);
  });

  it('asks the budget only for a copy that has a path', () => {
    let asked = 0;
    const { auto } = setUp({ mayCopy: () => ++asked > 1 });
    expect(auto.copies(0, audio, 200, 0, candidatesOf([fast]), into)).toBe(0);
    expect(asked).toBe(0);
    const c = candidatesOf([fast, slow]);
    expect(auto.copies(0, audio, 200, 0, c, into)).toBe(0);
    expect(auto.copies(0, audio, 200, 0, c, into)).toBe(1);
  });

  it('keeps a frame on its path while another would be sooner, waits for that, and moves it when it waited in vain', () => {
    const { auto, packet } = setUp({ backlogBytes: () => 1200 });
    const c = candidatesOf([fast, { ...slow, srttMs: 30, delayMs: 15 }]);
    packet.frame = 1;
    c.queueBytes[0] = 60_000;
    expect(auto.choose(0, videoDelta, 1200, c)).toBe(3);
    auto.sent(0, 3, 1200);
    c.queueBytes[0] = 0;
    expect(auto.choose(1, videoDelta, 1200, c)).toBe(3);
    auto.sent(1, 3, 1200);
    packet.frame = 2;
    expect(auto.choose(1, videoDelta, 1200, c)).toBe(0);
    auto.sent(1, 0, 1200);
    packet.frame = 1;
    c.creditBytes[1] = 0;
    expect(auto.choose(2, videoDelta, 1200, c)).toBe(NO_PATH);
    expect(auto.askAgainAt()).toBe(7);
    expect(auto.choose(7, videoDelta, 1200, c)).toBe(0);
    auto.sent(7, 0, 1200);
    c.creditBytes[1] = 1e6;
    expect(auto.choose(8, videoDelta, 1200, c)).toBe(0);
  });

  it.each([
    ['has no credit for long', 30_000, 1200, 3],
    ['takes what waits much longer than another takes the packet', 0, 50_000, 3],
    ['is held back for a moment', 6000, 1200, NO_PATH],
  ])('of a frame whose path %s', (_, queue, backlog, path) => {
    const { auto, packet } = setUp({ backlogBytes: () => backlog });
    const c = candidatesOf([fast, slow]);
    packet.frame = 1;
    expect(auto.choose(0, videoDelta, 1200, c)).toBe(0);
    auto.sent(0, 0, 1200);
    c.creditBytes[0] = 0;
    c.queueBytes[0] = queue;
    expect(auto.choose(0, videoDelta, 1200, c)).toBe(path);
  });

  it('begins a key frame on the best path', () => {
    const { auto, packet } = setUp({ primary: () => 3 });
    const c = candidatesOf([fast, slow]);
    packet.frame = 1;
    expect(auto.choose(0, videoKey, 1200, c)).toBe(3);
    packet.frame = 2;
    expect(auto.choose(0, videoDelta, 1200, c)).toBe(0);
  });

  it('forgets the frames of a path that is gone', () => {
    const { auto, packet } = setUp();
    const c = candidatesOf([slow, fast]);
    packet.frame = 1;
    c.queueBytes[1] = 60_000;
    auto.choose(0, videoDelta, 1200, c);
    auto.sent(0, 3, 1200);
    c.queueBytes[1] = 0;
    auto.forget(3);
    expect(auto.choose(1, videoDelta, 1200, c)).toBe(0);
  });

  it('remembers eight frames at once', () => {
    const { auto, packet } = setUp();
    const c = candidatesOf([fast, slow]);
    c.queueBytes[0] = 60_000;
    for (packet.frame = 0; packet.frame < 9; packet.frame++) {
      auto.choose(0, videoDelta, 1200, c);
      auto.sent(0, 3, 1200);
    }
    c.queueBytes[0] = 0;
    const pathOf = (frame: number) => {
      packet.frame = frame;
      return auto.choose(0, videoDelta, 1200, c);
    };
    expect([pathOf(0), pathOf(1), pathOf(8)]).toEqual([0, 3, 3]);
  });

  it('keeps the end of a message for the fast path and spreads a long one', () => {
    let backlog = 1200;
    const { auto } = setUp({ backlogBytes: () => backlog });
    const c = candidatesOf([
      { ...fast, credit: 0, window: 25_000, inFlight: 25_000, rttVarMs: 1 },
      { ...slow, window: 75_000, rttVarMs: 1 },
    ]);
    expect(auto.choose(0, data, 1200, c)).toBe(NO_PATH);
    expect(auto.askAgainAt()).toBe(40);
    backlog = 1_000_000;
    expect(auto.choose(0, data, 1200, c)).toBe(3);
  });
});
