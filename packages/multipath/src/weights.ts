import type { PathId } from '@hawser/wire';

/** How path weights are made. All fields have defaults; see {@link PathWeights}. */
export interface WeightConfig {
  /** Weight of a path that has not been measured yet. Default 1. */
  initialWeight: number;
  /** Least weight. Default 0.1. */
  minWeight: number;
  /** Greatest weight. Default 10. */
  maxWeight: number;
}

/** Part of the old weight that an update keeps. */
const KEEP = 0.7;

/**
 * The weight of every path, for byte-deficit schedulers:
 *
 * ```
 * new = 100 / max(rttMs, 1) * (1 - loss)
 * w   = clamp(0.7 * w + 0.3 * new, minWeight, maxWeight)
 * ```
 *
 * A path of 10 ms without loss has weight 10, one of 100 ms has 1.
 */
export class PathWeights {
  readonly #config: WeightConfig;
  readonly #weights: number[] = [];

  constructor(config: WeightConfig) {
    this.#config = config;
  }

  /** The weight of `path`; `initialWeight` before its first update. */
  of(path: PathId): number {
    return this.#weights[path] ?? this.#config.initialWeight;
  }

  /**
   * Takes a measurement in.
   *
   * @param rttMs smoothed round-trip time, above 0; the weight stays as it is while it is unknown (0)
   * @param loss 0 to 1
   */
  update(path: PathId, rttMs: number, loss: number): void {
    if (!(rttMs > 0)) return;
    const target = (100 / Math.max(rttMs, 1)) * (1 - (loss > 0 ? Math.min(loss, 1) : 0));
    const { minWeight, maxWeight } = this.#config;
    this.#weights[path] = Math.min(maxWeight, Math.max(minWeight, KEEP * this.of(path) + (1 - KEEP) * target));
  }

  /** Starts `path` anew: its number will name another pair. */
  forget(path: PathId): void {
    delete this.#weights[path];
  }
}
