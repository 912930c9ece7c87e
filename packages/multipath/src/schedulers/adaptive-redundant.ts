import { type Instant, NO_PATH, type PacketClass, type PathCandidates, type PathId } from '@hawser/wire';
import { pickDisjoint } from './disjoint.ts';
import { MinRttChooser } from './min-rtt.ts';
import type { CopyPolicy, Scheduler, SchedulerServices } from './scheduler.ts';

/** Relative deviation of the RTT above which its delay is not trusted, and below which it is again. */
const DOUBT_ABOVE = 0.25;
const TRUST_BELOW = 0.125;
/** Loss above which a path is not trusted, and below which it is again. */
const LOSS_ABOVE = 0.02;
const LOSS_BELOW = 0.005;

/**
 * A second copy while it is not certain that the first will come in time: while the delay of the path that was chosen is not
 * known well (`RTTVAR > SRTT / 4`; after one sample it is a half, RFC 6298 2.2), while it loses more than 2 %, or while any
 * path is suspect, since what takes one down may take the next. What began at these bounds ends at half of them, so that
 * it does not come and go with every sample.
 */
export class AdaptiveCopies implements CopyPolicy {
  readonly #services: SchedulerServices;
  #isDoubted = new Uint8Array(16);

  constructor(services: SchedulerServices) {
    this.#services = services;
  }

  copies(
    _now: Instant,
    _cls: PacketClass,
    bytes: number,
    first: PathId,
    candidates: PathCandidates,
    into: Int32Array,
  ): number {
    let isCertain = false;
    let anyDoubtful = false;
    for (let i = 0; i < candidates.count; i++) {
      if (this.#services.isDoubtful(candidates.ids[i])) anyDoubtful = true;
      if (candidates.ids[i] === first) isCertain = !this.#doubts(candidates, i);
    }
    if (isCertain && !anyDoubtful) return 0;
    return first === NO_PATH ? 0 : pickDisjoint(first, 1, bytes, candidates, this.#services, into);
  }

  /** Starts `path` anew: its number will name another pair. */
  forget(path: PathId): void {
    if (path < this.#isDoubted.length) this.#isDoubted[path] = 0;
  }

  #doubts(candidates: PathCandidates, i: number): boolean {
    const path = candidates.ids[i];
    if (path >= this.#isDoubted.length) {
      const larger = new Uint8Array(Math.max(path + 1, this.#isDoubted.length * 2));
      larger.set(this.#isDoubted);
      this.#isDoubted = larger;
    }
    const wasDoubted = this.#isDoubted[path] === 1;
    const spread = candidates.rttVarMs[i] / candidates.srttMs[i];
    // Unknown numbers compare false: they are doubted.
    const isSteady = spread <= (wasDoubted ? TRUST_BELOW : DOUBT_ABOVE);
    const isWhole = candidates.lossRatio[i] <= (wasDoubted ? LOSS_BELOW : LOSS_ABOVE);
    const isDoubted = !(isSteady && isWhole);
    this.#isDoubted[path] = isDoubted ? 1 : 0;
    return isDoubted;
  }
}

/** Lowest RTT first, and a second copy on a disjoint path while that is not trusted. */
export function adaptiveRedundant(services: SchedulerServices): Scheduler {
  const copies = new AdaptiveCopies(services);
  return { chooser: new MinRttChooser(), copies, forget: (path) => copies.forget(path) };
}
