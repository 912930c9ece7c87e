/** Buckets for each doubling of the delay: a quantile is exact to 4.5 %. */
const BUCKETS_PER_OCTAVE = 16;

/** From 1/16 ms to about 65 s. */
const LEAST_MS = 1 / 16;
const OCTAVES = 20;
const BUCKETS = OCTAVES * BUCKETS_PER_OCTAVE;

/**
 * How delays are distributed: counts in buckets of equal ratio, so that p99.9 of a million packets costs 1.3 kB and no
 * packet costs memory. Delays beyond its range count in its outermost buckets.
 */
export class DelayHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;

  /** Delays taken in. */
  get count(): number {
    return this.#total;
  }

  /** @param ms 0 or more; what is no number is not counted */
  record(ms: number): void {
    if (!(ms >= 0)) return;
    const bucket = Math.floor(Math.log2(ms / LEAST_MS) * BUCKETS_PER_OCTAVE);
    this.#counts[Math.min(BUCKETS - 1, Math.max(0, bucket))]++;
    this.#total++;
  }

  /**
   * The delay that a share `q` of all is not above, ms, or 0 without any.
   *
   * @param q 0 to 1
   */
  quantile(q: number): number {
    if (this.#total === 0) return 0;
    let left = Math.max(1, Math.ceil(q * this.#total));
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket];
      if (left <= 0) return middleOf(bucket);
    }
    return middleOf(BUCKETS - 1);
  }

  /** Halves every count, so that what was long ago weighs less. */
  age(): void {
    this.#total = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      this.#counts[bucket] >>>= 1;
      this.#total += this.#counts[bucket];
    }
  }

  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }
}

function middleOf(bucket: number): number {
  return LEAST_MS * 2 ** ((bucket + 0.5) / BUCKETS_PER_OCTAVE);
}
