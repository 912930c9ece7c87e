import type { Instant } from '@hawser/wire';
import type { CoupledController } from './coupled.ts';
import { CoupledGroup } from './coupled-group.ts';

/**
 * Linked Increases (RFC 6356): together as fast as one TCP on the best of the paths, and on none of them faster than one.
 */
export class LiaGroup extends CoupledGroup {
  override readonly leastThresholdPackets = 2;

  override increaseBytes(member: CoupledController, now: Instant, ackedBytes: number): number {
    const scaled = ackedBytes * member.packetBytes;
    // Formulas 1 and 2 of RFC 6356 3, where cwnd_total is cancelled.
    return Math.min(this.#linked(now) * scaled, scaled / member.windowBytes);
  }

  /** alpha of RFC 6356 3, formula 2: how aggressive the paths are together; 0 while none carries data. */
  alpha(now: Instant): number {
    let total = 0;
    for (const one of this.members) if (one.carries(now)) total += one.usedBytes;
    return total > 0 ? total * this.#linked(now) : 0;
  }

  /** MAX (cwnd_i / rtt_i^2) / (SUM (cwnd_i / rtt_i))^2. */
  #linked(now: Instant): number {
    let best = 0;
    let rate = 0;
    for (const one of this.members) {
      if (!one.carries(now)) continue;
      const perRtt = one.usedBytes / one.srttMs;
      rate += perRtt;
      best = Math.max(best, perRtt / one.srttMs);
    }
    return best / (rate * rate);
  }
}
