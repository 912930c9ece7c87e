import { PacketClass, type PathId } from '@hawser/wire';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Eligibility, type EligibilityServices } from '../../src/policy/eligibility.ts';
import { type PathPriority, PathRules } from '../../src/policy/path-rules.ts';
import { RateWeights } from '../../src/policy/rate-weights.ts';
import { RedundancyBudget } from '../../src/policy/redundancy-budget.ts';
import { ReorderBudget } from '../../src/policy/reorder-budget.ts';
import { DwrrChooser } from '../../src/schedulers/dwrr.ts';
import { candidatesOf, hostilePaths, soundPaths } from '../kit/candidates.ts';

const classes = fc.constantFrom(...Object.values(PacketClass));
const priorities = fc.constantFrom<PathPriority>('primary', 'normal', 'metered', 'backup');

const standing = fc.record({
  priority: priorities,
  doubtful: fc.boolean(),
  allowed: fc.boolean(),
  writable: fc.boolean(),
  harmful: fc.boolean(),
});

function servicesOf(
  of: (path: PathId) => {
    priority: PathPriority;
    doubtful: boolean;
    allowed: boolean;
    writable: boolean;
    harmful: boolean;
  },
  skewMs: number,
): EligibilityServices {
  return {
    priorityOf: (path) => of(path).priority,
    isDoubtful: (path) => of(path).doubtful,
    allows: (path) => of(path).allowed,
    isWritable: (path) => of(path).writable,
    isHarmful: (path) => of(path).harmful,
    allowedSkewMs: () => skewMs,
  };
}

describe('eligibility', () => {
  it('leaves a path wherever the owner allows one that takes packets, and none that is forbidden', () => {
    fc.assert(
      fc.property(
        hostilePaths(20),
        fc.array(standing, { minLength: 1, maxLength: 20 }),
        classes,
        fc.oneof(fc.double(), fc.constant(Number.POSITIVE_INFINITY)),
        (paths, standings, cls, skewMs) => {
          const of = (path: PathId) => standings[path % standings.length];
          const eligible = new Eligibility(servicesOf(of, skewMs)).filter(0, cls, candidatesOf(paths));
          const possible = paths.filter(({ id }) => of(id).allowed && of(id).writable);
          expect(eligible.count > 0).toBe(possible.length > 0);
          const ids = [...eligible.ids.subarray(0, eligible.count)];
          expect(new Set(ids).size).toBe(ids.length);
          for (const id of ids) expect(possible.map((path) => path.id)).toContain(id);
          const anySound = possible.some(({ id }) => !of(id).doubtful);
          if (anySound) for (const id of ids) expect(of(id).doubtful).toBe(false);
          const anyWanted = possible.some(({ id }) => !of(id).doubtful && of(id).priority !== 'backup');
          if (anyWanted) for (const id of ids) expect(of(id).priority).not.toBe('backup');
        },
      ),
    );
  });

  it('hands on the numbers of what it leaves', () => {
    fc.assert(
      fc.property(soundPaths(1, 8), (paths) => {
        const given = candidatesOf(paths);
        const left = new Eligibility({ isDoubtful: () => false }).filter(0, PacketClass.data, given);
        expect(left.count).toBe(given.count);
        for (const key of ['srttMs', 'creditBytes', 'rateBps', 'queueBytes', 'lossRatio'] as const) {
          expect([...left[key].subarray(0, left.count)]).toEqual([...given[key].subarray(0, given.count)]);
        }
      }),
    );
  });

  const lags = candidatesOf([
    { id: 0, delayMs: 10, rateBps: 8e6 },
    { id: 1, delayMs: 10, rateBps: 8e6, queue: 20_000 },
    { id: 2, delayMs: 40, rateBps: 8e6 },
  ]);
  const idsAt = (skewMs: number, isDoubtful: (path: PathId) => boolean = () => false) => {
    const eligible = new Eligibility({ isDoubtful, allowedSkewMs: () => skewMs }).filter(0, PacketClass.data, lags);
    return [...eligible.ids.subarray(0, eligible.count)];
  };

  it('leaves out what lags further behind than the budget allows, queues counted', () => {
    expect(idsAt(Number.POSITIVE_INFINITY)).toEqual([0, 1, 2]);
    expect(idsAt(25)).toEqual([0, 1]);
    expect(idsAt(10)).toEqual([0]);
    expect(idsAt(0)).toEqual([0]);
    expect(idsAt(Number.NaN)).toEqual([0]);
    // The fastest of those that may be used is what others are measured by.
    expect(idsAt(25, (path) => path === 0)).toEqual([1, 2]);
  });

  it('keeps bulk from a metered path while another is sound, and lets the small and urgent by', () => {
    const priorityOf = (path: PathId): PathPriority => (path === 0 ? 'metered' : 'normal');
    let doubtful = false;
    const eligibility = new Eligibility({ isDoubtful: (path) => doubtful && path !== 0, priorityOf });
    const pathsOf = (cls: PacketClass) => {
      const eligible = eligibility.filter(0, cls, lags);
      return [...eligible.ids.subarray(0, eligible.count)];
    };
    expect(pathsOf(PacketClass.data)).toEqual([1, 2]);
    expect(pathsOf(PacketClass.videoKey)).toEqual([1, 2]);
    expect(pathsOf(PacketClass.audio)).toEqual([0, 1, 2]);
    doubtful = true;
    expect(pathsOf(PacketClass.data)).toEqual([0]);
  });

  it('looks at no more paths than it has room for', () => {
    const eligible = new Eligibility({ isDoubtful: () => false }, 2).filter(0, PacketClass.data, lags);
    expect(eligible.count).toBe(2);
  });
});

describe('path rules', () => {
  it('stop everything but control at the cap, and other classes at once', () => {
    const rules = new PathRules();
    rules.set(3, { capBytes: 2000, classes: [PacketClass.audio] });
    expect(rules.allows(3, PacketClass.audio)).toBe(true);
    expect(rules.allows(3, PacketClass.data)).toBe(false);
    rules.handleSent(3, 1200);
    expect(rules.allows(3, PacketClass.audio)).toBe(true);
    rules.handleSent(3, 800);
    expect(rules.allows(3, PacketClass.audio)).toBe(false);
    expect(rules.allows(3, PacketClass.control)).toBe(true);
    expect(rules.allows(4, PacketClass.data)).toBe(true);
  });

  it('count from nothing when a path is forgotten', () => {
    const rules = new PathRules();
    rules.set(40, { priority: 'backup', capBytes: 1000 });
    rules.handleSent(40, 1000);
    rules.forget(40);
    expect(rules.priorityOf(40)).toBe('normal');
    expect(rules.sentBytes(40)).toBe(0);
    expect(rules.allows(40, PacketClass.data)).toBe(true);
  });
});

describe('the budget of redundancy', () => {
  const packet = fc.record({
    afterMs: fc.double({ min: 0, max: 50, noNaN: true }),
    bytes: fc.integer({ min: 40, max: 1472 }),
    cls: classes,
  });

  it('never grants more than its burst, 256 kbit/s and a tenth of the rest, over any window', () => {
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 400 }), fc.boolean(), (packets, isFast) => {
        const budget = new RedundancyBudget();
        const events: { at: number; unique: number; copied: number }[] = [];
        let now = 0;
        for (const { afterMs, bytes, cls } of packets) {
          now += isFast ? afterMs / 50 : afterMs;
          budget.handleSent(now, bytes);
          events.push({ at: now, unique: bytes, copied: budget.take(cls, bytes) ? bytes : 0 });
        }
        for (let from = 0; from < events.length; from += 7) {
          let unique = 0;
          let copied = 0;
          for (let to = from; to < events.length; to++) {
            unique += events[to].unique;
            copied += events[to].copied;
            const ms = events[to].at - events[from].at;
            // The burst of what may be copied and of what may be sent in full, the packet that was first included.
            const free = Math.min(unique, 16_000 + ms * 32);
            expect(copied).toBeLessThanOrEqual(16_000 + free + 0.1 * (unique - free) + 1e-6);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('grants every packet a copy up to 256 kbit/s, whatever the class', () => {
    const budget = new RedundancyBudget();
    for (let now = 0; now < 60_000; now += 20) {
      budget.handleSent(now, 640);
      expect(budget.take(PacketClass.data, 640)).toBe(true);
    }
    expect(budget.counters.refused).toBe(0);
  });

  it('grants a tenth of 10 Mbit/s of data, and 256 kbit/s', () => {
    const budget = new RedundancyBudget();
    const seconds = 20;
    for (let now = 0; now < seconds * 1000; now++) {
      budget.handleSent(now, 1250);
      budget.take(PacketClass.data, 1250);
    }
    const { copiedBytes, uniqueBytes } = budget.counters;
    const most = 32_000 * seconds + 0.1 * (uniqueBytes - 32_000 * seconds);
    expect(copiedBytes).toBeLessThanOrEqual(most + 32_000);
    expect(copiedBytes).toBeGreaterThan(0.95 * most);
  });

  it('never refuses audio a copy because of data', () => {
    const budget = new RedundancyBudget();
    let refused = 0;
    for (let now = 0; now < 20_000; now++) {
      budget.handleSent(now, 1250);
      budget.take(PacketClass.data, 1250);
      if (now % 20 !== 0) continue;
      budget.handleSent(now, 200);
      if (!budget.take(PacketClass.audio, 200)) refused++;
    }
    expect(refused).toBe(0);
  });
});

describe('the reorder budget', () => {
  it('allows as much skew as the budget is packets', () => {
    const budget = new ReorderBudget(48);
    expect(budget.allowedSkewMs(0)).toBe(Number.POSITIVE_INFINITY);
    for (let now = 0; now < 3000; now += 2) budget.handleSent(now);
    expect(budget.packetsPerSecond(2999)).toBe(500);
    expect(budget.allowedSkewMs(2999)).toBe(96);
    budget.budgetPackets = Number.POSITIVE_INFINITY;
    expect(budget.allowedSkewMs(2999)).toBe(Number.POSITIVE_INFINITY);
  });

  it('is bounded by bursts, which the mean of a second hides', () => {
    const budget = new ReorderBudget(48);
    for (let i = 0; i < 100; i++) budget.handleSent(1000);
    expect(budget.allowedSkewMs(1050)).toBeLessThanOrEqual(48);
  });

  it('forgets after a second', () => {
    const budget = new ReorderBudget(48);
    for (let i = 0; i < 100; i++) budget.handleSent(1000);
    expect(budget.packetsPerSecond(1999)).toBe(1000);
    expect(budget.packetsPerSecond(2000)).toBe(0);
    budget.handleSent(1e9);
    expect(budget.packetsPerSecond(1e9)).toBe(10);
  });

  it('never lets more packets overtake one than the budget, at a steady rate', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.constantFrom(48, 192, 768), (perSecond, packets) => {
        const budget = new ReorderBudget(packets);
        const gap = 1000 / perSecond;
        for (let i = 0; i < 2 * perSecond + 1; i++) budget.handleSent(i * gap);
        const skewMs = budget.allowedSkewMs(2000);
        // The tenth of a second that has just begun is not full yet.
        expect(Math.floor(skewMs / gap)).toBeLessThanOrEqual((packets * 10) / 9 + 1);
      }),
    );
  });
});

describe('rate-aware weights', () => {
  const config = { initialWeight: 1, minWeight: 0.1, maxWeight: 10 };

  it('follow a step from 50 to 10 Mbit/s within a second, the share of bytes to less than a tenth of it', () => {
    const weights = new RateWeights(config);
    const chooser = new DwrrChooser((path) => weights.of(path));
    const candidates = candidatesOf([{ id: 0 }, { id: 1 }]);
    const update = (rate: number) => {
      weights.update(0, rate, 0);
      weights.update(1, 20e6, 0);
    };
    const share = () => {
      const sent = [0, 0];
      for (let i = 0; i < 5000; i++) {
        const path = chooser.choose(0, PacketClass.data, 1200, candidates);
        chooser.sent(0, path, 1200);
        sent[path]++;
      }
      return sent[0] / (sent[0] + sent[1]);
    };
    for (let i = 0; i < 20; i++) update(50e6);
    expect(Math.abs(share() / (50 / 70) - 1)).toBeLessThan(0.1);
    for (let i = 0; i < 10; i++) update(10e6);
    expect(Math.abs(share() / (10 / 30) - 1)).toBeLessThan(0.1);
  });

  it('stay in their bounds and are numbers, whatever is measured', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.double(), fc.double())), (updates) => {
        const weights = new RateWeights(config);
        for (const [path, rate, loss] of updates) {
          weights.update(path, rate, loss);
          for (let i = 0; i < 4; i++) {
            expect(weights.of(i)).toBeGreaterThanOrEqual(0.1);
            expect(weights.of(i)).toBeLessThanOrEqual(10);
          }
        }
      }),
    );
  });

  it('count the loss, and start a forgotten path anew', () => {
    const weights = new RateWeights(config);
    weights.update(0, 10e6, 0.5);
    weights.update(1, 10e6, 0);
    expect(weights.of(0) / weights.of(1)).toBeCloseTo(0.5, 9);
    weights.forget(1);
    expect(weights.of(1)).toBe(1);
    expect(weights.of(0)).toBe(10);
  });
});
