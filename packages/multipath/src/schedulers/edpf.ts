import {
  type Instant,
  NO_PATH,
  type PacketClass,
  type PathCandidates,
  type PathChooser,
  type PathId,
} from '@hawser/wire';
import { creditWaitMs, deliveryMs, rateBps } from '../policy/delivery.ts';
import { Patience } from './patience.ts';
import type { Scheduler, SchedulerServices } from './scheduler.ts';

/**
 * Earliest delivery path first (Chebrolu and Rao, "Bandwidth aggregation for real-time applications in heterogeneous
 * wireless networks"): the path by which the packet would be at the peer first.
 *
 * ```
 * delivery(p) = wait for credit + (queue + in flight beyond rate * SRTT + bytes) * 8 / rate + delay
 * ```
 *
 * The paper gives packets to paths when they are made and lets them queue there; here they wait in one queue, and a path is
 * chosen when a packet may leave. Where the earliest path has no credit, the packet waits for it as the paper would have it
 * queue there: unless all that waits would take the earlier paths longer than this packet takes the earliest one with credit,
 *
 * ```
 * delivery(best) + (waiting - bytes) * 8 / sum of the earlier paths' rates  >=  delivery(ready)
 * ```
 *
 * and no longer than {@link Patience} allows. So packets spill over to a slow path exactly when the queue for the fast ones
 * is as long as the slow way.
 */
export class EdpfChooser implements PathChooser {
  readonly #patience = new Patience();
  readonly #backlogBytes: (cls: PacketClass) => number;

  /** @param backlogBytes bytes of a class that wait to be sent; Infinity = without end: it never pays to wait */
  constructor(backlogBytes: (cls: PacketClass) => number) {
    this.#backlogBytes = backlogBytes;
  }

  choose(now: Instant, cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    this.#patience.begin();
    let best = -1;
    let bestMs = Number.POSITIVE_INFINITY;
    let ready = -1;
    let readyMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < candidates.count; i++) {
      const ms = deliveryMs(candidates, i, bytes);
      if (ms < bestMs) {
        bestMs = ms;
        best = i;
      }
      if (candidates.creditBytes[i] >= bytes && (ready < 0 || ms < readyMs)) {
        readyMs = ms;
        ready = i;
      }
    }
    if (ready < 0) return NO_PATH;
    if (bestMs < readyMs) {
      const behind = Math.max(0, this.#backlogBytes(cls) - bytes);
      const lastMs = bestMs + (behind > 0 ? (behind * 8000) / earlierBps(candidates, bytes, readyMs) : 0);
      const waitMs = creditWaitMs(candidates, best, bytes);
      if (lastMs < readyMs && this.#patience.allows(now, candidates.ids[best], waitMs)) return NO_PATH;
    }
    return candidates.ids[ready];
  }

  sent(_now: Instant, path: PathId): void {
    this.#patience.handleSent(path);
  }

  /** See `Scheduler.askAgainAt`. */
  askAgainAt(): Instant {
    return this.#patience.until;
  }

  /** Starts `path` anew: its number will name another pair. */
  forget(path: PathId): void {
    this.#patience.forget(path);
  }
}

/** Rate of all paths together that deliver the packet before `beforeMs`. */
function earlierBps(candidates: PathCandidates, bytes: number, beforeMs: number): number {
  let bps = 0;
  for (let i = 0; i < candidates.count; i++) {
    if (deliveryMs(candidates, i, bytes) < beforeMs) bps += rateBps(candidates, i);
  }
  return bps;
}

export function edpf(services: SchedulerServices): Scheduler {
  const chooser = new EdpfChooser((cls) => services.backlogBytes?.(cls) ?? Number.POSITIVE_INFINITY);
  return { chooser, askAgainAt: () => chooser.askAgainAt(), forget: (path) => chooser.forget(path) };
}
