import { equalBytes as equalRanges } from '@hawser/wire';

/** Whether `a` and `b` hold the same bytes, in time that depends on their length only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && equalRanges(a, 0, b, 0, a.length);
}
