import { median } from '@hawser/netsim';

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
