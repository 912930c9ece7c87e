import { describe, expect, it } from 'vitest';
import { median, percentile, significant, summarize } from './statistics.ts';

describe('statistics of a run', () => {
  it('takes the middle, or the mean of the two middle values', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(median([])).toBeNaN();
  });

  it('summarizes without sorting what it was given', () => {
    const values = [3, 1, 2];
    expect(summarize(values)).toEqual({ median: 2, min: 1, max: 3 });
    expect(values).toEqual([3, 1, 2]);
  });

  it('takes percentiles by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(percentile(values, 0.95)).toBe(95);
    expect(percentile(values, 0)).toBe(1);
    expect(percentile(values, 1)).toBe(100);
    expect(percentile([7], 0.99)).toBe(7);
  });

  it('keeps four digits of any size', () => {
    expect([0, 0.000123456, 123456].map(significant)).toEqual([0, 0.0001235, 123500]);
  });
});
