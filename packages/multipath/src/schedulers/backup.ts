import {
  type Instant,
  NO_PATH,
  type PacketClass,
  type PathCandidates,
  type PathChooser,
  type PathId,
} from '@hawser/wire';
import { type PathPriority, PRIORITY_RANK } from '../policy/path-rules.ts';
import type { Scheduler, SchedulerServices } from './scheduler.ts';

/** A doubtful path comes after every sound one, whatever its priority. */
const DOUBTFUL = 16;

/**
 * Strict order of priorities: only the paths of the highest priority that is there, the fastest with credit of them first;
 * the next priority when none of that one is left or all of them are doubtful. While those in use have no credit, packets
 * wait: that is what the order is for.
 */
export class BackupChooser implements PathChooser {
  readonly #priorityOf: (path: PathId) => PathPriority;
  readonly #isDoubtful: (path: PathId) => boolean;

  constructor(priorityOf: (path: PathId) => PathPriority, isDoubtful: (path: PathId) => boolean) {
    this.#priorityOf = priorityOf;
    this.#isDoubtful = isDoubtful;
  }

  choose(_now: Instant, _cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    let highest = Number.POSITIVE_INFINITY;
    let lowest = Number.POSITIVE_INFINITY;
    let best = NO_PATH;
    for (let i = 0; i < candidates.count; i++) {
      const path = candidates.ids[i];
      const rank = PRIORITY_RANK[this.#priorityOf(path)] + (this.#isDoubtful(path) ? DOUBTFUL : 0);
      if (rank > highest) continue;
      if (rank < highest) {
        highest = rank;
        lowest = Number.POSITIVE_INFINITY;
        best = NO_PATH;
      }
      if (!(candidates.creditBytes[i] >= bytes)) continue;
      const srttMs = candidates.srttMs[i] > 0 ? candidates.srttMs[i] : Number.POSITIVE_INFINITY;
      if (best !== NO_PATH && srttMs >= lowest) continue;
      lowest = srttMs;
      best = path;
    }
    return best;
  }

  sent(): void {
    // The order stands.
  }
}

export function backup(services: SchedulerServices): Scheduler {
  return {
    chooser: new BackupChooser(
      (path) => services.priorityOf?.(path) ?? 'normal',
      (path) => services.isDoubtful(path),
    ),
  };
}
