/**
 * The course of a path's delay: its mean in bins of 100 ms of the peer's clock, over five seconds. Queues that two paths share
 * grow and shrink at the same time; how much so is the correlation of their courses.
 */
export class DelayCourse {
  readonly #sum = new Float64Array(BINS);
  readonly #count = new Float64Array(BINS);
  #newest = Number.NaN;

  add(arrivalMs: number, owdMs: number): void {
    const bin = Math.floor(arrivalMs / BIN_MS);
    if (bin > this.#newest || Number.isNaN(this.#newest)) this.#advance(bin);
    else if (bin <= this.#newest - BINS) return;
    this.#sum[slot(bin)] += owdMs;
    this.#count[slot(bin)]++;
  }

  /**
   * Pearson's coefficient of the steps from bin to bin, where both have them, -1 to 1; NaN where there are too few or one hardly
   * moves. Steps and not levels: two levels that drift are alike by chance.
   */
  correlation(other: DelayCourse): number {
    const newest = Math.min(this.#newest, other.#newest) - 1; // The newest ones are not complete.
    const oldest = Math.max(this.#newest, other.#newest) - BINS + 2;
    let n = 0;
    let [ofA, ofB, ofBoth] = [0, 0, 0];
    for (let bin = oldest; bin <= newest; bin++) {
      const a = this.#step(bin);
      const b = other.#step(bin);
      if (Number.isNaN(a) || Number.isNaN(b)) continue;
      n++;
      ofA += a * a;
      ofB += b * b;
      ofBoth += a * b;
    }
    const least = LEAST_STEP_MS * LEAST_STEP_MS * n;
    if (n < LEAST_STEPS || ofA < least || ofB < least) return Number.NaN;
    return ofBoth / Math.sqrt(ofA * ofB);
  }

  /** How much the mean delay changed from the bin before; NaN where one is empty. */
  #step(bin: number): number {
    const [i, j] = [slot(bin), slot(bin - 1)];
    return this.#sum[i] / this.#count[i] - this.#sum[j] / this.#count[j];
  }

  #advance(bin: number): void {
    const from = bin - this.#newest < BINS ? this.#newest + 1 : bin - BINS + 1;
    for (let i = from; i <= bin; i++) {
      this.#sum[slot(i)] = 0;
      this.#count[slot(i)] = 0;
    }
    this.#newest = bin;
  }
}

function slot(bin: number): number {
  return ((bin % BINS) + BINS) % BINS;
}

const BIN_MS = 100;
const BINS = 50;
const LEAST_STEPS = 25;
/** Root of the mean square; less is jitter of the path and of clocks. */
const LEAST_STEP_MS = 1;
