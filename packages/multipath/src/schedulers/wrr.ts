import {
  type Instant,
  NO_PATH,
  type PacketClass,
  type PathCandidates,
  type PathChooser,
  type PathId,
} from '@hawser/wire';
import type { Scheduler, SchedulerServices } from './scheduler.ts';

/** Weights outside are taken to be these: clocks stay numbers that can be compared. */
const LEAST_WEIGHT = 1e-3;
const MOST_WEIGHT = 1e6;

/**
 * Weighted round robin with weights that stand: packets, whatever their size, in proportion to the weights, and no path
 * with credit idles. `dwrr` counts bytes and follows measured weights.
 *
 * Every path has a clock that a packet moves on by `1 / weight`; the path whose clock is the furthest behind is next. A path
 * that had no credit starts again at the clock of the last packet, so that it does not make up for what it missed.
 */
export class WrrChooser implements PathChooser {
  readonly #weightOf: (path: PathId) => number;
  #clocks = new Float64Array(16);
  /** Clock of the path that sent last, before it did. */
  #served = 0;

  /** @param weightOf weight of a path, above 0; others count as the least */
  constructor(weightOf: (path: PathId) => number) {
    this.#weightOf = weightOf;
  }

  choose(_now: Instant, _cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    let best = NO_PATH;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < candidates.count; i++) {
      if (!(candidates.creditBytes[i] >= bytes)) continue;
      const path = candidates.ids[i];
      const clock = this.#clockOf(path);
      // Of paths that are equally far the heaviest is first.
      if (clock > least || (clock === least && this.#weight(path) <= this.#weight(best))) continue;
      least = clock;
      best = path;
    }
    return best;
  }

  sent(_now: Instant, path: PathId): void {
    if (path >= this.#clocks.length) {
      const larger = new Float64Array(Math.max(path + 1, this.#clocks.length * 2));
      larger.set(this.#clocks);
      this.#clocks = larger;
    }
    const clock = this.#clockOf(path);
    this.#served = clock;
    this.#clocks[path] = clock + 1 / this.#weight(path);
  }

  /** Starts `path` anew: its number will name another pair. */
  forget(path: PathId): void {
    if (path < this.#clocks.length) this.#clocks[path] = 0;
  }

  #clockOf(path: PathId): number {
    return path < this.#clocks.length ? Math.max(this.#clocks[path], this.#served) : this.#served;
  }

  #weight(path: PathId): number {
    const weight = this.#weightOf(path);
    return weight > 0 ? Math.min(MOST_WEIGHT, Math.max(LEAST_WEIGHT, weight)) : LEAST_WEIGHT;
  }
}

export function wrr(services: SchedulerServices): Scheduler {
  const chooser = new WrrChooser((path) => services.staticWeightOf?.(path) ?? 1);
  return { chooser, forget: (path) => chooser.forget(path) };
}
