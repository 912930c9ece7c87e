import {
  type Instant,
  NO_PATH,
  type PacketClass,
  type PathCandidates,
  type PathChooser,
  type PathId,
} from '@hawser/wire';

/**
 * The chooser of the redundant mode: the first copy goes by the path with the lowest round-trip time that has credit. The
 * session sends the second copy, of the same ciphertext, by another active path.
 */
export class RedundantChooser implements PathChooser {
  choose(_now: Instant, _cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    let best = NO_PATH;
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < candidates.count; i++) {
      if (candidates.creditBytes[i] < bytes) continue;
      const srtt = candidates.srttMs[i];
      if (srtt < lowest) {
        lowest = srtt;
        best = candidates.ids[i];
      }
    }
    return best;
  }

  sent(): void {
    // Nothing to remember: the choice depends on the numbers alone.
  }
}
