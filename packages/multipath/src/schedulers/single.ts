import {
  type Instant,
  NO_PATH,
  type PacketClass,
  type PathCandidates,
  type PathChooser,
  type PathId,
} from '@hawser/wire';
import type { Scheduler, SchedulerServices } from './scheduler.ts';

/** Ordinary ICE: everything by one path, the others stand by. Used while multipath is not enabled. */
export class SinglePathChooser implements PathChooser {
  readonly #primary: () => PathId;

  /** @param primary the path in use, or `NO_PATH` */
  constructor(primary: () => PathId) {
    this.#primary = primary;
  }

  choose(_now: Instant, _cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    const primary = this.#primary();
    for (let i = 0; i < candidates.count; i++) {
      if (candidates.ids[i] === primary) return candidates.creditBytes[i] >= bytes ? primary : NO_PATH;
    }
    return NO_PATH;
  }

  sent(): void {
    // One path: nothing to weigh.
  }
}

export function single(services: SchedulerServices): Scheduler {
  return { chooser: new SinglePathChooser(() => services.primary()) };
}
