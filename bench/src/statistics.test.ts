import { describe, expect, it } from 'vitest';
import { significant, summarize } from './statistics.ts';

describe('statistics of a run', () => {
  it('summarizes without sorting what it was given', () => {
    const values = [3, 1, 2];
    expect(summarize(values)).toEqual({ median: 2, min: 1, max: 3 });
    expect(values).toEqual([3, 1, 2]);
  });

  it('keeps four digits of any size', () => {
    expect([0, 0.000123456, 123456].map(significant)).toEqual([0, 0.0001235, 123500]);
  });
});
