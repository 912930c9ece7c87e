import {
  type Instant,
  NO_PATH,
  type PacketClass,
  type PathCandidates,
  type PathChooser,
  type PathId,
} from '@hawser/wire';
import { creditWaitMs, deliveryMs } from '../policy/delivery.ts';
import { Patience } from './patience.ts';
import type { Scheduler } from './scheduler.ts';

/**
 * Earliest delivery path first (Chebrolu and Rao, "Bandwidth aggregation for real-time applications in heterogeneous
 * wireless networks"): the path by which the packet would be at the peer first.
 *
 * ```
 * delivery(p) = wait for credit + (queue + in flight beyond rate * SRTT + bytes) * 8 / rate + delay
 * ```
 *
 * Where that path has no credit but would still deliver first, the packet waits for it, as long as {@link Patience} allows;
 * then it leaves by the earliest of those with credit.
 */
export class EdpfChooser implements PathChooser {
  readonly #patience = new Patience();

  choose(now: Instant, _cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
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
    if (bestMs < readyMs && this.#patience.allows(now, candidates.ids[best], creditWaitMs(candidates, best, bytes))) {
      return NO_PATH;
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

export function edpf(): Scheduler {
  const chooser = new EdpfChooser();
  return { chooser, askAgainAt: () => chooser.askAgainAt(), forget: (path) => chooser.forget(path) };
}
