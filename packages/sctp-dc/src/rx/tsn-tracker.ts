import { add32, distance32 } from '@hawser/wire';

/** What a TSN is to the tracker. */
export const Arrival = { fresh: 0, duplicate: 1, outOfRange: 2 } as const;

/** Gap blocks kept at most; a SACK of 1 200 bytes has room for fewer than 300. */
const MAX_RANGES = 4096;
/** A gap block's offset has 16 bits. */
const MAX_AHEAD = 0xffff;

/**
 * Which TSNs arrived (RFC 9260 6.7): a cumulative number and the ranges beyond it, sorted, disjoint, never adjacent.
 * Inside, TSNs are unwrapped: they count on from where they started and never wrap.
 */
export class TsnTracker {
  /** Highest TSN up to which all have arrived or were skipped, unwrapped. */
  cumulative = 0;
  /** Number of ranges beyond `cumulative`. */
  rangeCount = 0;
  #cumulativeTsn = 0;
  #starts = new Float64Array(64);
  #ends = new Float64Array(64);

  /** Starts before `initialTsn`. */
  restart(initialTsn: number): void {
    this.cumulative = 0;
    this.rangeCount = 0;
    this.#cumulativeTsn = add32(initialTsn, -1);
  }

  /** The Cumulative TSN Ack. */
  get cumulativeTsn(): number {
    return this.#cumulativeTsn;
  }

  /** Highest TSN that arrived, unwrapped. */
  get highest(): number {
    return this.rangeCount === 0 ? this.cumulative : this.#ends[this.rangeCount - 1];
  }

  /** `tsn` counted on from the start; below or equal `cumulative` when it is old. */
  unwrap(tsn: number): number {
    return this.cumulative + distance32(tsn, this.#cumulativeTsn);
  }

  rangeStart(i: number): number {
    return this.#starts[i];
  }

  /** Inclusive. */
  rangeEnd(i: number): number {
    return this.#ends[i];
  }

  /** What `add` would answer, without adding. */
  peek(number: number): number {
    if (number <= this.cumulative) return Arrival.duplicate;
    if (number > this.cumulative + MAX_AHEAD) return Arrival.outOfRange;
    const i = this.#find(number);
    return i < this.rangeCount && this.#starts[i] <= number ? Arrival.duplicate : Arrival.fresh;
  }

  /** Takes in an unwrapped TSN. */
  add(number: number): number {
    if (number <= this.cumulative) return Arrival.duplicate;
    if (number === this.cumulative + 1) {
      this.#advanceTo(number);
      return Arrival.fresh;
    }
    if (number > this.cumulative + MAX_AHEAD) return Arrival.outOfRange;
    const i = this.#find(number);
    const starts = this.#starts;
    const ends = this.#ends;
    if (i < this.rangeCount && starts[i] <= number) return Arrival.duplicate;
    const joinsBefore = i > 0 && ends[i - 1] === number - 1;
    const joinsAfter = i < this.rangeCount && starts[i] === number + 1;
    if (joinsBefore && joinsAfter) {
      ends[i - 1] = ends[i];
      this.#remove(i, 1);
    } else if (joinsBefore) ends[i - 1] = number;
    else if (joinsAfter) starts[i] = number;
    else if (!this.#insert(i, number)) return Arrival.outOfRange;
    return Arrival.fresh;
  }

  /** Everything up to `number` counts as arrived (FORWARD-TSN). */
  skipTo(number: number): void {
    if (number > this.cumulative) this.#advanceTo(number);
  }

  #advanceTo(number: number): void {
    let cumulative = number;
    let gone = 0;
    while (gone < this.rangeCount && this.#starts[gone] <= cumulative + 1) {
      cumulative = Math.max(cumulative, this.#ends[gone]);
      gone++;
    }
    if (gone > 0) this.#remove(0, gone);
    this.#cumulativeTsn = add32(this.#cumulativeTsn, cumulative - this.cumulative);
    this.cumulative = cumulative;
  }

  /** The first range that ends at or after `number`. New TSNs mostly come last: that is looked at first. */
  #find(number: number): number {
    const ends = this.#ends;
    let low = 0;
    let high = this.rangeCount;
    if (high > 0 && ends[high - 1] < number) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle] < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(i: number, number: number): boolean {
    if (this.rangeCount === MAX_RANGES) return false;
    if (this.rangeCount === this.#starts.length) {
      this.#starts = doubled(this.#starts);
      this.#ends = doubled(this.#ends);
    }
    this.#starts.copyWithin(i + 1, i, this.rangeCount);
    this.#ends.copyWithin(i + 1, i, this.rangeCount);
    this.#starts[i] = number;
    this.#ends[i] = number;
    this.rangeCount++;
    return true;
  }

  #remove(i: number, count: number): void {
    this.#starts.copyWithin(i, i + count, this.rangeCount);
    this.#ends.copyWithin(i, i + count, this.rangeCount);
    this.rangeCount -= count;
  }
}

function doubled(from: Float64Array): Float64Array<ArrayBuffer> {
  const to = new Float64Array(2 * from.length);
  to.set(from);
  return to;
}
