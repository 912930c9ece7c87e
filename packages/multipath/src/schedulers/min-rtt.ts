import {
  type Instant,
  NO_PATH,
  type PacketClass,
  type PathCandidates,
  type PathChooser,
  type PathId,
} from '@hawser/wire';
import type { Scheduler } from './scheduler.ts';

/** The index of the candidate with credit for `bytes` and the lowest known SRTT, or -1. Unknown ones come last. */
export function lowestRttIndex(bytes: number, candidates: PathCandidates): number {
  let best = -1;
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < candidates.count; i++) {
    if (!(candidates.creditBytes[i] >= bytes)) continue;
    const told = candidates.srttMs[i];
    const srttMs = told > 0 ? told : Number.POSITIVE_INFINITY;
    if (best >= 0 && srttMs >= lowest) continue;
    lowest = srttMs;
    best = i;
  }
  return best;
}

/**
 * Lowest round-trip time first: of the paths with credit the one with the lowest SRTT. It fills the fast path and spills over
 * to the next, and never waits while any path has credit.
 */
export class MinRttChooser implements PathChooser {
  choose(_now: Instant, _cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    const best = lowestRttIndex(bytes, candidates);
    return best < 0 ? NO_PATH : candidates.ids[best];
  }

  sent(): void {
    // Nothing to remember: the choice depends on the numbers alone.
  }
}

export function minRtt(): Scheduler {
  return { chooser: new MinRttChooser() };
}
