import {
  type Instant,
  NO_PATH,
  type PacketClass,
  type PathCandidates,
  type PathChooser,
  type PathId,
} from '@hawser/wire';
import type { Scheduler, SchedulerServices } from './scheduler.ts';

/** Bytes that one unit of weight is worth in a round: about one full packet. */
const QUANTUM_BYTES = 1200;

/** Deficits are bounded to this many rounds either way, so that a path that was blocked does not burst when it opens. */
const MAX_ROUNDS = 8;

/** Weights outside are taken to be these: the deficits of two paths stay numbers that can be compared. */
const LEAST_WEIGHT = 1e-3;
const MOST_WEIGHT = 1e6;

/** The bound on the deficit of a path: a light path still owes for whole packets. */
function maxDeficitBytes(weight: number): number {
  return MAX_ROUNDS * QUANTUM_BYTES * Math.max(1, weight);
}

/**
 * Byte-deficit weighted round robin: over time every path carries bytes in proportion to its weight, and no path that has
 * credit idles while a packet waits.
 *
 * Each path has a deficit counter. The eligible path with the greatest deficit takes the packet and pays for it; when none
 * is in the black, every eligible path is paid its weight's worth until one is.
 */
export class DwrrChooser implements PathChooser {
  readonly #weightOf: (path: PathId) => number;
  #deficitBytes = new Float64Array(16);

  /** @param weightOf weight of a path, above 0; others count as the least */
  constructor(weightOf: (path: PathId) => number) {
    this.#weightOf = (path) => Math.min(MOST_WEIGHT, Math.max(LEAST_WEIGHT, weightOf(path))) || LEAST_WEIGHT;
  }

  choose(_now: Instant, _cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    let best = this.#richest(bytes, candidates);
    if (best === NO_PATH) return NO_PATH;
    if (this.#deficitBytes[best] <= 0) {
      this.#pay(bytes, candidates);
      best = this.#richest(bytes, candidates);
    }
    return best;
  }

  sent(_now: Instant, path: PathId, bytes: number): void {
    this.#grow(path);
    const most = maxDeficitBytes(this.#weightOf(path));
    this.#deficitBytes[path] = Math.max(-most, this.#deficitBytes[path] - bytes);
  }

  /** Starts `path` anew: its number will name another pair. */
  forget(path: PathId): void {
    if (path < this.#deficitBytes.length) this.#deficitBytes[path] = 0;
  }

  #richest(bytes: number, candidates: PathCandidates): PathId {
    let best = NO_PATH;
    let most = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < candidates.count; i++) {
      if (!(candidates.creditBytes[i] >= bytes)) continue;
      const path = candidates.ids[i];
      this.#grow(path);
      // Equal deficits go to the heavier path: the first packet of all leaves by the best one.
      const deficit = this.#deficitBytes[path];
      if (deficit > most || (deficit === most && this.#weightOf(path) > this.#weightOf(best))) {
        most = deficit;
        best = path;
      }
    }
    return best;
  }

  /** As many rounds of pay as bring the first eligible path into the black, given to all of them at once. */
  #pay(bytes: number, candidates: PathCandidates): void {
    let rounds = Number.POSITIVE_INFINITY;
    for (let i = 0; i < candidates.count; i++) {
      if (!(candidates.creditBytes[i] >= bytes)) continue;
      const path = candidates.ids[i];
      const perRound = QUANTUM_BYTES * this.#weightOf(path);
      rounds = Math.min(rounds, Math.max(Number.EPSILON, (1 - this.#deficitBytes[path]) / perRound));
    }
    for (let i = 0; i < candidates.count; i++) {
      if (!(candidates.creditBytes[i] >= bytes)) continue;
      const path = candidates.ids[i];
      const weight = this.#weightOf(path);
      const paid = this.#deficitBytes[path] + rounds * QUANTUM_BYTES * weight;
      this.#deficitBytes[path] = Math.min(maxDeficitBytes(weight), paid);
    }
  }

  #grow(path: PathId): void {
    if (path < this.#deficitBytes.length) return;
    const larger = new Float64Array(Math.max(path + 1, this.#deficitBytes.length * 2));
    larger.set(this.#deficitBytes);
    this.#deficitBytes = larger;
  }
}

export function dwrr(services: SchedulerServices): Scheduler {
  const chooser = new DwrrChooser((path) => services.weightOf(path));
  return { chooser, forget: (path) => chooser.forget(path) };
}
