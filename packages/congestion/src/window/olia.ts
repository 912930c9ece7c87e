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

  // What a survey of the members finds; fields, for a fraction that is returned or passed may be boxed.
  #rate = 0;
  #count = 0;
  #best = 0;
  #largest = 0;
  #collected = 0;
  #widest = 0;

  override assess(member: CoupledController, now: Instant, ackedBytes: number): void {
    this.#survey(now);
    const window = member.windowBytes;
    const perRtt = window / member.srttMs;
    const linked = Math.min(perRtt / (member.srttMs * this.#rate * this.#rate), 1 / window);
    let alpha = 0;
    if (this.#collected > 0) {
      if (this.#isLargest(member)) alpha = -1 / (this.#count * this.#widest);
      else if (this.#isBest(member)) alpha = 1 / (this.#count * this.#collected);
    }
    this.increaseBytes = (linked + alpha / window) * ackedBytes * member.packetBytes;
  }

  #survey(now: Instant): void {
    this.#rate = 0;
    this.#count = 0;
    this.#best = 0;
    this.#largest = 0;
    this.#collected = 0;
    this.#widest = 0;
    for (const one of this.members) {
      if (!one.carries(now)) continue;
      this.#count++;
      this.#rate += one.usedBytes / one.srttMs;
      const { interLossBytes } = one;
      this.#best = Math.max(this.#best, (interLossBytes * interLossBytes) / one.srttMs);
      this.#largest = Math.max(this.#largest, one.windowBytes);
    }
    for (const one of this.members) {
      if (!one.carries(now)) continue;
      if (this.#isLargest(one)) this.#widest++;
      else if (this.#isBest(one)) this.#collected++;
    }
  }

  /** Section 2, best_paths: where l² / rtt, which grows with the rate that one TCP would have, is the largest. */
  #isBest(one: CoupledController): boolean {
    const { interLossBytes } = one;
    return (interLossBytes * interLossBytes) / one.srttMs >= this.#best;
  }

  /** Section 2, max_w_paths. Windows count whole packets there, so less than one makes no difference. */
  #isLargest(one: CoupledController): boolean {
    return one.windowBytes > this.#largest - one.packetBytes;
  }
}
