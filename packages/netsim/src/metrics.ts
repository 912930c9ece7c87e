/** The middle of the values; the mean of the middle two when they are even in number; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * The smallest value that at least `share` of the values do not exceed (nearest rank); NaN of none.
 *
 * @param share 0 to 1: 0.95 for p95
 */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const rank = Math.ceil(share * values.length);
  return ascending(values)[Math.min(values.length, Math.max(1, rank)) - 1];
}

/** The longest pause between neighbours in a list of times; 0 for fewer than two. */
export function longestGap(times: readonly number[]): number {
  let longest = 0;
  for (let i = 1; i < times.length; i++) longest = Math.max(longest, times[i] - times[i - 1]);
  return longest;
}

function ascending(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
