import {
  type Instant,
  NO_PATH,
  type PacketClass,
  type PathCandidates,
  type PathChooser,
  type PathId,
} from '@hawser/wire';
import type { Scheduler } from './scheduler.ts';

/**
 * Least loaded first: of the paths with credit the one with the least `inFlightBytes / windowBytes`, and of equals the one
 * with the lower SRTT. All windows fill alike, so that no path is much fuller than another. Never waits while any path has
 * credit.
 */
export class InFlightChooser implements PathChooser {
  choose(_now: Instant, _cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    let best = NO_PATH;
    let least = Number.POSITIVE_INFINITY;
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < candidates.count; i++) {
      if (!(candidates.creditBytes[i] >= bytes)) continue;
      const ratio = candidates.inFlightBytes[i] / candidates.windowBytes[i];
      // Not a number: neither is known. It is last.
      const load = ratio >= 0 ? ratio : Number.POSITIVE_INFINITY;
      const srttMs = candidates.srttMs[i] > 0 ? candidates.srttMs[i] : Number.POSITIVE_INFINITY;
      if (best !== NO_PATH && (load > least || (load === least && srttMs >= lowest))) continue;
      least = load;
      lowest = srttMs;
      best = candidates.ids[i];
    }
    return best;
  }

  sent(): void {
    // What is in flight is told with the candidates.
  }
}

export function inFlight(): Scheduler {
  return { chooser: new InFlightChooser() };
}
