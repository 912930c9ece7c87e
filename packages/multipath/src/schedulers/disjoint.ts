import type { PathCandidates, PathId } from '@hawser/wire';
import { creditWaitMs, deliveryMs } from '../policy/delivery.ts';
import type { SchedulerServices } from './scheduler.ts';

/** A copy waits no longer than this, ms; a path that would make it wait longer gets none. */
export const MOST_COPY_WAIT_MS = 20;

type Ends = Pick<SchedulerServices, 'sharedEnds' | 'isDoubtful'>;

/**
 * Picks the paths of up to `most` copies of a packet that leaves by `first`: each time the one that shares the fewest ends with
 * those that carry it already; of equals a sound one before a doubtful one; of those the one that delivers first. Paths
 * without credit for 20 ms are left out: such a copy would be dropped.
 *
 * @param into gets the paths
 * @returns how many
 */
export function pickDisjoint(
  first: PathId,
  most: number,
  bytes: number,
  candidates: PathCandidates,
  ends: Ends,
  into: Int32Array,
): number {
  let picked = 0;
  while (picked < most && picked < into.length) {
    const next = nextDisjoint(first, bytes, candidates, ends, into, picked);
    if (next < 0) break;
    into[picked++] = candidates.ids[next];
  }
  return picked;
}

function nextDisjoint(
  first: PathId,
  bytes: number,
  candidates: PathCandidates,
  ends: Ends,
  into: Int32Array,
  picked: number,
): number {
  let best = -1;
  let bestRank = Number.POSITIVE_INFINITY;
  let bestMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < candidates.count; i++) {
    const path = candidates.ids[i];
    if (path === first || !(creditWaitMs(candidates, i, bytes) <= MOST_COPY_WAIT_MS)) continue;
    let shared = ends.sharedEnds(first, path);
    let isPicked = false;
    for (let k = 0; k < picked; k++) {
      isPicked ||= into[k] === path;
      shared = Math.max(shared, ends.sharedEnds(into[k], path));
    }
    if (isPicked) continue;
    const rank = 2 * shared + (ends.isDoubtful(path) ? 1 : 0);
    const ms = deliveryMs(candidates, i, bytes);
    if (best >= 0 && (rank > bestRank || (rank === bestRank && ms >= bestMs))) continue;
    best = i;
    bestRank = rank;
    bestMs = ms;
  }
  return best;
}
