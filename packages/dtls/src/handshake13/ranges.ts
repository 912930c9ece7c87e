/** Sets of byte positions as flat lists of half-open ranges, `[from, to, from, to, …]`, in order and apart. */
export type Ranges = readonly number[];

/** All positions below `length`. */
export function wholeRange(length: number): Ranges {
  return [0, length];
}

/** `ranges` without `from` to `to`. */
export function without(ranges: Ranges, from: number, to: number): Ranges {
  const rest: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    if (ranges[i] < from) rest.push(ranges[i], Math.min(ranges[i + 1], from));
    if (ranges[i + 1] > to) rest.push(Math.max(ranges[i], to), ranges[i + 1]);
  }
  return rest;
}

/** `ranges` and the part of `of` that lies in `from` to `to`. */
export function withPartOf(ranges: Ranges, of: Ranges, from: number, to: number): Ranges {
  let sum = ranges;
  for (let i = 0; i < of.length; i += 2) {
    const begin = Math.max(of[i], from);
    const end = Math.min(of[i + 1], to);
    if (begin < end) sum = withRange(sum, begin, end);
  }
  return sum;
}

function withRange(ranges: Ranges, from: number, to: number): Ranges {
  const sum: number[] = [];
  let [begin, end] = [from, to];
  let isPlaced = false;
  for (let i = 0; i < ranges.length; i += 2) {
    if (ranges[i + 1] < begin) sum.push(ranges[i], ranges[i + 1]);
    else if (ranges[i] > end) {
      if (!isPlaced) sum.push(begin, end);
      isPlaced = true;
      sum.push(ranges[i], ranges[i + 1]);
    } else {
      begin = Math.min(begin, ranges[i]);
      end = Math.max(end, ranges[i + 1]);
    }
  }
  if (!isPlaced) sum.push(begin, end);
  return sum;
}
