import type { Instant } from '@hawser/wire';
import type { CoupledController } from './coupled.ts';
import { CoupledGroup } from './coupled-group.ts';

/**
 * Linked Increases (RFC 6356): together as fast as one TCP on the best of the paths, and on none of them faster than one.
 */
export class LiaGroup extends CoupledGroup {
  /** MAX (cwnd_i / rtt_i^2) / (SUM (cwnd_i / rtt_i))^2. */
  #linked = 0;
  override readonly leastThresholdPackets = 2;

  override assess(member: CoupledController, now: Instant, ackedBytes: number): void {
    const scaled = ackedBytes * member.packetBytes;
    // Formulas 1 and 2 of RFC 6356 3, where cwnd_total is cancelled.
    this.#link(now);
    this.increaseBytes = Math.min(this.#linked * scaled, scaled / member.windowBytes);
  }

  /** alpha of RFC 6356 3, formula 2: how aggressive the paths are together; 0 while none carries data. */
  alpha(now: Instant): number {
    let total = 0;
    for (const one of this.members) if (one.carries(now)) total += one.usedBytes;
    this.#link(now);
    return total > 0 ? total * this.#linked : 0;
  }

  #link(now: Instant): void {
    let best = 0;
    let rate = 0;
    for (const one of this.members) {
      if (!one.carries(now)) continue;
      const perRtt = one.usedBytes / one.srttMs;
      rate += perRtt;
      best = Math.max(best, perRtt / one.srttMs);
    }
    this.#linked = best / (rate * rate);
  }
}
