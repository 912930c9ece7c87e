import type { PathId } from '@hawser/wire';
import type { WeightConfig } from '../weights.ts';

/** More than any link carries, bit/s: rates stay numbers that can be compared. */
const MOST_BPS = 1e13;

/** Part of the old rate that an update keeps: after ten updates, a second, a thousandth of a step is left. */
const KEEP = 0.5;

/**
 * The rate-aware weights, for byte-deficit schedulers: in proportion to what each path is believed to deliver.
 *
 * ```
 * rate = 0.5 * rate + 0.5 * rateBps * (1 - loss)
 * w    = clamp(maxWeight * rate / greatest rate of any path, minWeight, maxWeight)
 * ```
 *
 * A path whose rate falls from 50 to 10 Mbit/s has its new share within a second of 100 ms updates. Rates more than
 * `maxWeight / minWeight` apart are not told apart.
 */
export class RateWeights {
  readonly #config: WeightConfig;
  readonly #rates: (number | undefined)[] = [];
  #greatest = 0;

  constructor(config: WeightConfig) {
    this.#config = config;
  }

  /** The weight of `path`; `initialWeight` before its first update. */
  of(path: PathId): number {
    const rate = this.#rates[path];
    const { initialWeight, minWeight, maxWeight } = this.#config;
    if (rate === undefined) return initialWeight;
    return this.#greatest > 0 ? Math.max(minWeight, (rate / this.#greatest) * maxWeight) : minWeight;
  }

  /**
   * Takes a measurement in.
   *
   * @param rateBps bit/s that the path carries; its weight stays as it is while that is unknown (0) or endless
   * @param loss 0 to 1
   */
  update(path: PathId, rateBps: number, loss: number): void {
    if (!(rateBps > 0 && rateBps < Number.POSITIVE_INFINITY)) return;
    const target = Math.min(rateBps, MOST_BPS) * (1 - (loss > 0 ? Math.min(loss, 1) : 0));
    const old = this.#rates[path];
    this.#rates[path] = old === undefined ? target : KEEP * old + (1 - KEEP) * target;
    this.#measure();
  }

  /** Starts `path` anew: its number will name another pair. */
  forget(path: PathId): void {
    delete this.#rates[path];
    this.#measure();
  }

  #measure(): void {
    let greatest = 0;
    for (const rate of this.#rates) if (rate !== undefined && rate > greatest) greatest = rate;
    this.#greatest = greatest;
  }
}
