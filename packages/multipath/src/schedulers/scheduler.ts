import type { Instant, PacketClass, PathCandidates, PathChooser, PathId } from '@hawser/wire';

/**
 * Says by which further paths a packet leaves besides the one it was chosen for: the same ciphertext, so that the first copy
 * to arrive wins and the others are dropped by the receiver's replay window.
 */
export interface CopyPolicy {
  /**
   * @param first the path that the packet was chosen for
   * @param candidates the paths that copies may take
   * @param into gets the paths of the copies, never `first`; has room for every candidate
   * @returns how many there are; 0 = none
   */
  copies(
    now: Instant,
    cls: PacketClass,
    bytes: number,
    first: PathId,
    candidates: PathCandidates,
    into: Int32Array,
  ): number;
}

/** A way to give packets to paths: one path for each, and copies where it wants any. */
export interface Scheduler {
  readonly chooser: PathChooser;
  readonly copies?: CopyPolicy;
  /** The path is gone; its number will name another. */
  forget?(path: PathId): void;
}

/** What a scheduler may ask beyond the numbers of the candidates. */
export interface SchedulerServices {
  /** Weight of a path by the configured formula, above 0. */
  weightOf(path: PathId): number;
  /** How many of their two ends (egress, remote address) two paths have in common: 0 to 2. 0 = disjoint. */
  sharedEnds(a: PathId, b: PathId): number;
  /** The best path, by which a sender that uses one path sends, or `NO_PATH`. */
  primary(): PathId;
  /** The path is suspect, or answers again but is not trusted yet: it gets copies only. */
  isDoubtful(path: PathId): boolean;
}

/** Makes a scheduler for one session: state of its own, services of the session. */
export type SchedulerFactory = (services: SchedulerServices) => Scheduler;
