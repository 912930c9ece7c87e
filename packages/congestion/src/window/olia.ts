import type { Instant } from '@hawser/wire';
import type { CoupledController } from './coupled.ts';
import { CoupledGroup } from './coupled-group.ts';

/**
 * Opportunistic Linked Increases (draft-khalili-mptcp-congestion-control-05): as {@link LiaGroup} as fast as one TCP on the
 * best path, but windows move from the paths that have the largest to those that presumably are the best.
 */
export class OliaGroup extends CoupledGroup {
  /** Section 3: the threshold is one packet, to put nothing needless on congested paths. */
  override readonly leastThresholdPackets = 1;

  override increaseBytes(member: CoupledController, now: Instant, ackedBytes: number): number {
    const scaled = ackedBytes * member.packetBytes;
    let rate = 0;
    let count = 0;
    let best = 0;
    let largest = 0;
    for (const one of this.members) {
      if (!one.carries(now)) continue;
      count++;
      rate += one.usedBytes / one.srttMs;
      best = Math.max(best, quality(one));
      largest = Math.max(largest, one.windowBytes);
    }
    let collected = 0;
    let widest = 0;
    for (const one of this.members) {
      if (!one.carries(now)) continue;
      if (isLargest(one, largest)) widest++;
      else if (quality(one) >= best) collected++;
    }
    const window = member.windowBytes;
    const linked = Math.min(window / (member.srttMs * member.srttMs * rate * rate), 1 / window);
    let alpha = 0;
    if (collected > 0) {
      if (isLargest(member, largest)) alpha = -1 / (count * widest);
      else if (quality(member) >= best) alpha = 1 / (count * collected);
    }
    return (linked + alpha / window) * scaled;
  }
}

/** Section 2: grows with the rate that the path could give to one TCP. */
function quality(one: CoupledController): number {
  return (one.interLossBytes * one.interLossBytes) / one.srttMs;
}

/** Section 2, max_w_paths. Windows count whole packets there, so less than one makes no difference. */
function isLargest(one: CoupledController, largest: number): boolean {
  return one.windowBytes > largest - one.packetBytes;
}
