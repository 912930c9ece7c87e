import type { Instant, PacketClass, PathCandidates, PathChooser, PathId } from '@hawser/wire';
import type { PathPriority } from '../policy/path-rules.ts';
import type { PacketHints } from './packet-hints.ts';

/**
 * Says by which further paths a packet leaves besides the one it was chosen for: the same ciphertext, so that the first copy
 * to arrive wins and the others are dropped by the receiver's replay window.
 */
export interface CopyPolicy {
  /**
   * Called for a packet that has left, after `chooser.sent`.
   *
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
  /**
   * Read right after `choose` answered `NO_PATH`: when to ask again though nothing else happened, since a chooser waits for a
   * better path no longer than this. `NEVER`: nothing has credit.
   */
  askAgainAt?(): Instant;
  /** The path is gone; its number will name another. */
  forget?(path: PathId): void;
}

/** What a scheduler may ask beyond the numbers of the candidates. Those with a `?` may be missing. */
export interface SchedulerServices {
  /** Weight of a path by the configured formula, above 0. */
  weightOf(path: PathId): number;
  /** How many of their two ends (egress, remote address) two paths have in common: 0 to 2. 0 = disjoint. */
  sharedEnds(a: PathId, b: PathId): number;
  /** The best path, by which a sender that uses one path sends, or `NO_PATH`. */
  primary(): PathId;
  /** The path is suspect, or answers again but is not trusted yet: it gets copies only. */
  isDoubtful(path: PathId): boolean;
  /** Weight that the configuration gives the path, above 0. Missing: 1 for every path. */
  staticWeightOf?(path: PathId): number;
  /** Missing: every path is `normal`. */
  priorityOf?(path: PathId): PathPriority;
  /** What is known of the packet that is chosen for, written by its owner before it asks. Missing: nothing is. */
  readonly packet?: Readonly<PacketHints>;
  /** Bytes of the class that wait to be sent, the packet in question among them. Missing: endless. */
  backlogBytes?(cls: PacketClass): number;
  /** Bytes that the peer's receive window lets be outstanding on all paths together. Missing: endless. */
  peerWindowBytes?(): number;
  /** Takes a copy of `bytes` from the budget of redundancy; false when there is no room for it. Missing: no bound. */
  mayCopy?(now: Instant, cls: PacketClass, bytes: number): boolean;
}

/** Makes a scheduler for one session: state of its own, services of the session. */
export type SchedulerFactory = (services: SchedulerServices) => Scheduler;
