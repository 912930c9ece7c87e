import { describe, expect, it } from 'vitest';
import { OveruseDetector } from './overuse-detector.ts';
import { Trendline } from './trendline.ts';

/** Groups every 20 ms whose delay grows by `perGroupMs` each. */
function run(
  trendline: Trendline,
  detector: OveruseDetector,
  from: number,
  groups: number,
  perGroupMs: number,
): number {
  let t = from;
  for (let i = 0; i < groups; i++, t += 20 + perGroupMs) {
    trendline.update(t, perGroupMs);
    detector.update(t, trendline.slope, 20, trendline.count);
  }
  return t;
}

describe('trend line and detector', () => {
  it('finds the slope of a growing delay', () => {
    const trendline = new Trendline();
    run(trendline, new OveruseDetector(), 0, 100, 2);
    expect(trendline.slope).toBeCloseTo(2 / 22, 3);
    expect(trendline.count).toBe(60);
  });

  it('says nothing before it has twenty groups', () => {
    const trendline = new Trendline();
    run(trendline, new OveruseDetector(), 0, 19, 5);
    expect(trendline.slope).toBe(0);
  });

  it('says overuse while the delay grows, underuse while it falls, normal when it stays', () => {
    const trendline = new Trendline();
    const detector = new OveruseDetector();
    let t = run(trendline, detector, 0, 40, 0);
    expect(detector.usage).toBe('normal');
    t = run(trendline, detector, t, 20, 2);
    expect(detector.usage).toBe('overuse');
    t = run(trendline, detector, t, 20, -2);
    expect(detector.usage).toBe('underuse');
    run(trendline, detector, t, 60, 0);
    expect(detector.usage).toBe('normal');
  });

  it('raises its threshold where others fill the queue, and lowers it again to 6 ms', () => {
    const detector = new OveruseDetector();
    let t = 0;
    const groups = (count: number, trendMs: number) => {
      for (let i = 0; i < count; i++, t += 20) detector.update(t, trendMs / 240, 20, 60);
    };
    groups(100, 0);
    expect(detector.thresholdMs).toBeCloseTo(6, 1);
    groups(500, 18);
    expect(detector.thresholdMs).toBeCloseTo(18, 1);
    groups(100, -17);
    expect(detector.usage).toBe('normal');
    groups(500, 0);
    expect(detector.thresholdMs).toBeCloseTo(6, 1);
  });

  it('does not let one leap lift the threshold', () => {
    const detector = new OveruseDetector();
    detector.update(0, 0, 20, 60);
    detector.update(100, 10, 20, 60);
    expect(detector.thresholdMs).toBe(12.5);
  });

  it('keeps the slope when all arrived at once', () => {
    const trendline = new Trendline();
    for (let i = 0; i < 50; i++) trendline.update(1000, 1);
    expect(trendline.slope).toBe(0);
  });
});
