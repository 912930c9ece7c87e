import { type Instant, NEVER } from '@hawser/wire';
import type { MtuSearch } from '../liveness/mtu-search.ts';
import { NO_CHUNK, type SctpPath } from '../paths/path.ts';
import type { LossDetection } from './loss-detection.ts';
import type { TailProbe } from './tail-probe.ts';
import type { TxState } from './tx-state.ts';

/** The timers of every path's data, T3-rtx above all (RFC 9260 6.3.3), and taking packets back from a path that failed. */
export class Retransmission {
  readonly #tx: TxState;
  readonly #losses: LossDetection;
  readonly #probes: TailProbe;
  readonly #mtuSearch: MtuSearch;

  constructor(tx: TxState, losses: LossDetection, probes: TailProbe, mtuSearch: MtuSearch) {
    this.#tx = tx;
    this.#losses = losses;
    this.#probes = probes;
    this.#mtuSearch = mtuSearch;
  }

  /** The earliest timer. */
  nextTimeout(): Instant {
    let next: Instant = NEVER;
    for (const path of this.#tx.paths.all) next = Math.min(next, path.nextTimeout());
    return next;
  }

  /** Acts on the timers that are due. Returns false when the peer must be given up (RFC 9260 8.1). */
  handleTimeout(now: Instant): boolean {
    const tx = this.#tx;
    for (const path of tx.paths.all) {
      if (path.rack.dueAt <= now) this.#losses.find(now, path);
      if (path.probe.dueAt <= now) this.#probes.handleTimeout(now, path);
      if (path.t3At > now) continue;
      path.t3At = NEVER;
      if (path.head === NO_CHUNK) continue;
      this.#expire(now, path);
      if (tx.peerIsGone) return false;
    }
    return true;
  }

  /** The path is not to be used any more: what is in flight on it is sent elsewhere, at once. Returns how many chunks. */
  takeBack(path: SctpPath): number {
    let taken = 0;
    for (; path.head !== NO_CHUNK; taken++) this.#tx.lose(path.head, path);
    path.beginLossEvent(0);
    path.t3At = NEVER;
    path.rttProbe = NO_CHUNK;
    path.recoveryEnd = -1;
    path.fastRetransmit = false;
    path.rack.dueAt = NEVER;
    path.probe.clear();
    return taken;
  }

  #expire(now: Instant, path: SctpPath): void {
    const tx = this.#tx;
    tx.ctx.stats.timeouts++;
    // A peer that answers with a closed window is slow, not gone (RFC 9260 6.1 A).
    const probing = tx.peerIsFull && tx.heardSinceTimeout;
    tx.heardSinceTimeout = false;
    if (!probing) {
      path.consecutiveTimeouts++;
      tx.errorCount++;
      path.handleTimeout(now);
    }
    if (!probing) this.#mtuSearch.handleLargeLost(now, path);
    tx.ctx.settings.feedback?.handleLost(now, path.id, path.inFlightBytes);
    path.rto.backOff();
    const lost = this.takeBack(path);
    if (!probing) path.beginLossEvent(lost);
    path.onePacketOnly = !probing;
    // RFC 9260 8.3: whether the path still answers is asked at once, while data goes elsewhere.
    if (!probing && tx.paths.all.length > 1) path.heartbeatAt = now;
  }
}
