/** The middle value; the mean of the two middle ones for an even count. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Median, smallest and largest of a set. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** The three numbers that every row gives of a set of measurements. */
export function summarize(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** `value` with four significant digits: more would claim what a shared machine cannot show. */
export function significant(value: number): number {
  return Number(value.toPrecision(4));
}

/** The smallest value that at least `share` (0 to 1) of the values do not exceed: nearest rank, no interpolation. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
