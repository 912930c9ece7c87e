import { describe, expect, it } from 'vitest';
import { BottleneckDetector } from './bottleneck-detector.ts';
import { DelayCourse } from './delay-course.ts';
import { groupFlows } from './flow-grouping.ts';
import { FlowStatistics } from './flow-statistics.ts';

function flow(numbers: Partial<FlowStatistics>): FlowStatistics {
  return Object.assign(new FlowStatistics(), { bottleneck: true }, numbers);
}

function grouped(...flows: FlowStatistics[]): number[] {
  const groups = new Int32Array(flows.length);
  groupFlows(flows, groups);
  return [...groups];
}

describe('FlowStatistics', () => {
  /** Intervals of 20 samples each, alike. */
  function feed(one: FlowStatistics, intervals: number, delayOf: (sample: number, interval: number) => number): void {
    for (let t = 0; t < intervals; t++) {
      for (let i = 0; i < 20; i++) one.handleDelay(delayOf(i, t));
      one.endInterval();
    }
  }

  it('is skewed to the left where the queue is mostly full, and to the right where it is mostly empty', () => {
    const full = new FlowStatistics();
    feed(full, 30, (i) => (i < 15 ? 100 : 20));
    // Of 20 samples 15 are above the mean of 80: (5 - 15) / 20.
    expect(full.skewEst).toBeCloseTo(-0.5, 1);
    expect(full.bottleneck).toBe(true);
    const empty = new FlowStatistics();
    feed(empty, 30, (i) => (i < 15 ? 20 : 100));
    expect(empty.skewEst).toBeCloseTo(0.5, 1);
    expect(empty.bottleneck).toBe(false);
  });

  it('has the mean absolute deviation', () => {
    const one = new FlowStatistics();
    feed(one, 40, (i) => (i < 15 ? 100 : 20));
    // 15 · 20 + 5 · 60 over 20.
    expect(one.varEst).toBeCloseTo(30, 0);
  });

  it('counts significant crossings of the mean', () => {
    const one = new FlowStatistics();
    feed(one, 100, (i, t) => 50 + (t % 4 < 2 ? 30 : -30) + (i % 2));
    // One crossing in two intervals.
    expect(one.freqEst).toBeCloseTo(0.5, 1);
  });

  it('takes much loss for a bottleneck, and no variation for none', () => {
    const one = new FlowStatistics();
    for (let t = 0; t < 20; t++) {
      for (let i = 0; i < 18; i++) one.handleDelay(20 + (i % 2) / 10);
      if (t >= 10) {
        one.handleLost();
        one.handleLost();
      }
      one.endInterval();
      if (t === 9) expect(one.bottleneck).toBe(false);
    }
    expect(one.pktLoss).toBeCloseTo(0.053, 2);
    expect(one.bottleneck).toBe(true);
  });

  it('waits where nothing arrives', () => {
    const one = new FlowStatistics();
    one.handleLost();
    one.endInterval();
    expect(one.intervals).toBe(0);
    one.handleDelay(5);
    one.endInterval();
    expect(one.pktLoss).toBe(0.5);
  });
});

describe('grouping of RFC 8382 3.3.1', () => {
  const base = { freqEst: 0.2, varEst: 10, skewEst: -0.3, pktLoss: 0 };

  it('puts like to like', () => {
    expect(grouped(flow(base), flow({ ...base, varEst: 10.5 }), flow({ ...base, skewEst: -0.2 }))).toEqual([1, 1, 1]);
  });

  it.each([
    ['oscillation', { freqEst: 0.35 }],
    ['variability', { varEst: 12 }],
    ['skewness', { skewEst: 0 }],
    ['loss', { pktLoss: 0.2 }],
  ])('separates by %s', (_name, other) => {
    const groups = grouped(flow(base), flow({ ...base, ...other }));
    expect(groups[0]).not.toBe(groups[1]);
  });

  it('asks for loss only where there is enough of it', () => {
    expect(grouped(flow({ ...base, pktLoss: 0.04 }), flow(base))).toEqual([1, 1]);
  });

  it('leaves out who is at no bottleneck', () => {
    expect(grouped(flow({ ...base, bottleneck: false }), flow(base))).toEqual([0, 1]);
  });

  it('chains what is sorted next to each other', () => {
    const groups = grouped(flow(base), flow({ ...base, freqEst: 0.28 }), flow({ ...base, freqEst: 0.36 }));
    expect(new Set(groups).size).toBe(1);
  });

  it('keeps equal flows together whose deviation is 0', () => {
    expect(grouped(flow({ ...base, varEst: 0 }), flow({ ...base, varEst: 0 }))).toEqual([1, 1]);
  });
});

describe('DelayCourse', () => {
  it('finds courses alike that move together, on whatever level', () => {
    const [a, b, c] = [new DelayCourse(), new DelayCourse(), new DelayCourse()];
    for (let t = 0; t < 6000; t += 10) {
      a.add(t, 20 + 10 * Math.sin(t / 300));
      b.add(t, 1e6 + 25 * Math.sin(t / 300));
      c.add(t, 20 + 10 * Math.cos(t / 300));
    }
    expect(a.correlation(b)).toBeCloseTo(1, 3);
    expect(Math.abs(a.correlation(c))).toBeLessThan(0.2);
  });

  it('says nothing of little, of what does not move, and of other times', () => {
    const [a, b, still, later] = [new DelayCourse(), new DelayCourse(), new DelayCourse(), new DelayCourse()];
    for (let t = 0; t < 2000; t += 10) {
      a.add(t, (t / 10) % 37);
      b.add(t, (t / 10) % 37);
    }
    expect(a.correlation(b)).toBeNaN();
    for (let t = 2000; t < 9000; t += 10) {
      a.add(t, (t / 10) % 37);
      still.add(t, 5);
      later.add(t + 1e7, (t / 10) % 37);
    }
    expect(a.correlation(still)).toBeNaN();
    expect(a.correlation(later)).toBeNaN();
    a.add(100, 1e9); // Of a time that is forgotten.
    expect(a.correlation(a)).toBeCloseTo(1, 6);
  });
});

describe('BottleneckDetector', () => {
  /** Delays of paths that move alike where they have the same key. */
  function feed(detector: BottleneckDetector, fromMs: number, toMs: number, keys: Record<number, number>): void {
    for (let t = fromMs; t < toMs; t += 20) {
      for (const [path, key] of Object.entries(keys)) {
        const delay = 20 + 15 * Math.sin(t / (250 + 130 * key)) + 8 * Math.sin((t * (key + 1)) / 170);
        detector.handleArrived(t, Number(path), t - delay, t + 1e7);
      }
    }
  }

  it('groups, and lets go after ten intervals', () => {
    const detector = new BottleneckDetector({ correlation: 0.7 });
    feed(detector, 0, 6000, { 4: 0, 9: 0, 7: 1 });
    expect(detector.shares(4, 9)).toBe(true);
    expect(detector.shares(4, 4)).toBe(false);
    expect(detector.groupOf(7)).toBe(0);
    expect(detector.groupOf(99)).toBe(0);
    const [paths, groups] = [new Int32Array(3), new Int32Array(3)];
    expect(detector.groups(paths, groups)).toBe(3);
    expect([...paths]).toEqual([4, 7, 9]);
    expect([...groups]).toEqual([1, 0, 1]);
    feed(detector, 6000, 8000, { 4: 0, 9: 2, 7: 1 });
    expect(detector.shares(4, 9)).toBe(true);
    feed(detector, 8000, 18_000, { 4: 0, 9: 2, 7: 1 });
    expect(detector.shares(4, 9)).toBe(false);
  });

  it('joins what is connected', () => {
    const detector = new BottleneckDetector();
    feed(detector, 0, 8000, { 0: 0, 1: 1, 2: 0, 3: 1, 4: 0 });
    expect(detector.shares(0, 2) && detector.shares(2, 4)).toBe(true);
    expect(detector.shares(1, 3)).toBe(true);
    expect(detector.shares(0, 1)).toBe(false);
  });

  it('starts again when a path is gone', () => {
    const detector = new BottleneckDetector();
    feed(detector, 0, 6000, { 0: 0, 1: 0, 2: 0 });
    detector.remove(0);
    detector.remove(77);
    expect(detector.groupOf(0)).toBe(0);
    expect(detector.shares(1, 2)).toBe(false);
    feed(detector, 6000, 9000, { 1: 0, 2: 0 });
    expect(detector.shares(1, 2)).toBe(true);
  });

  it('counts what cannot be, and watches no more than it may', () => {
    const detector = new BottleneckDetector({ maxPaths: 2 });
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, 1e300]) detector.handleArrived(0, 0, 0, bad);
    detector.handleArrived(Number.NaN, 0, 0, 5);
    detector.handleArrived(0, 1, 0, 5);
    detector.handleArrived(0, 2, 0, 5);
    detector.handleMissing(0, 3);
    detector.handleMissing(Number.NaN, 1);
    detector.handleMissing(0, 1);
    expect(detector.counters).toEqual({ samples: 1, lost: 1, intervals: 0, ignored: 7 });
    expect(() => detector.groups(new Int32Array(1), new Int32Array(2))).toThrowError(
      expect.objectContaining({ code: 'out-of-range' }),
    );
    expect(() => new BottleneckDetector({ maxPaths: 1 })).toThrowError(expect.objectContaining({ code: 'bad-config' }));
  });

  // Found by fuzzing: buckets of a time beyond the whole numbers are counted through for ever.
  it('does not take times that no clock shows', () => {
    const detector = new BottleneckDetector();
    for (const wild of [1e300, 2 ** 60, -(2 ** 60)]) {
      detector.handleArrived(0, 0, wild, wild);
      detector.handleArrived(0, 0, wild * 2, wild * 2);
    }
    expect(detector.counters.ignored).toBe(6);
  });
});
