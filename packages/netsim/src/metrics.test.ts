import { expect, test } from 'vitest';
import { longestGap, median, percentile } from './metrics.ts';

test('metrics take the middle, the rank and the longest pause', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2.5, Number.NaN]);
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([0, 0.01, 0.5, 0.95, 1].map((share) => percentile(hundred, share))).toEqual([1, 1, 50, 95, 100]);
  expect(percentile([], 0.5)).toBeNaN();
  expect([longestGap([]), longestGap([5]), longestGap([1, 2, 9, 10])]).toEqual([0, 0, 7]);
});
