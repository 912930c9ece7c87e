import { type Instant, NEVER } from '@hawser/wire';
import type { SackChunk } from '../packet/sack.ts';
import { NO_CHUNK, type SctpPath } from '../paths/path.ts';
import type { LossDetection } from './loss-detection.ts';
import { ChunkState } from './outstanding.ts';
import type { PartialReliability } from './partial-reliability.ts';
import type { TailProbe } from './tail-probe.ts';
import type { TxState } from './tx-state.ts';

/**
 * A SACK with so many gap blocks may have more of them left out: the peer's packet was full (RFC 9260 6.7), or its limit,
 * 20 in libwebrtc, was reached.
 */
const MANY_GAPS = 16;
/** How much later than a round trip a SACK that names a packet may still come. */
const REFUSAL_MARGIN_MS = 20;

/**
 * Takes in SACKs (RFC 9260 6.2.1), path by path: what arrived, what became of the windows and timers, and from that what
 * each path lost. A retransmission that is lost again is found like any other loss, by what was sent after it; RFC 9260
 * 7.2.4 step 5 leaves that to T3-rtx.
 */
export class SackHandler {
  readonly #tx: TxState;
  readonly #partial: PartialReliability;
  readonly #losses: LossDetection;
  readonly #probes: TailProbe;
  #newestAckedSentAt: Instant = Number.NEGATIVE_INFINITY;
  #reportedPath = -1;
  #reportedSequence = -1;

  constructor(tx: TxState, partial: PartialReliability, losses: LossDetection, probes: TailProbe) {
    this.#tx = tx;
    this.#partial = partial;
    this.#losses = losses;
    this.#probes = probes;
  }

  /** Returns false when the peer acknowledges what was never sent: the association must end (RFC 9260 12.2.4.3). */
  handle(now: Instant, sack: SackChunk): boolean {
    const tx = this.#tx;
    const { outstanding, ctx } = tx;
    ctx.stats.sacksReceived++;
    const cumulative = outstanding.chunkOf(sack.cumulativeTsn);
    if (cumulative >= outstanding.next) return false;
    if (cumulative < outstanding.base - 1) {
      ctx.stats.sacksIgnored++;
      return true;
    }
    const last = sack.gapCount === 0 ? cumulative : cumulative + highestOffset(sack);
    if (last >= outstanding.next) return false;

    this.#begin();
    tx.reportedUpTo = sack.gapCount >= MANY_GAPS ? last : Number.POSITIVE_INFINITY;
    this.#acknowledgeUpTo(now, cumulative);
    this.#acknowledgeGaps(now, sack, cumulative);
    this.#findReneged();
    this.#countSpurious(now, sack);
    for (const path of tx.paths.all) this.#settle(now, path);
    for (const path of tx.paths.all) {
      this.#losses.find(now, path);
      this.#probes.handleSack(now, path);
    }
    this.#openWindow(now, sack.windowBytes);
    this.#partial.advance(now);
    tx.heardSinceTimeout = true;
    ctx.settings.feedback?.handleReportEnd(now, this.#newestAckedSentAt);
    return true;
  }

  /** A SHUTDOWN's Cumulative TSN Ack counts like a SACK's (RFC 9260 9.2); its gaps are not known. */
  handleCumulative(now: Instant, cumulativeTsn: number): boolean {
    const { outstanding, paths } = this.#tx;
    const cumulative = outstanding.chunkOf(cumulativeTsn);
    if (cumulative >= outstanding.next) return false;
    if (cumulative < outstanding.base) return true;
    this.#begin();
    this.#acknowledgeUpTo(now, cumulative);
    for (const path of paths.all) this.#settle(now, path);
    this.#partial.advance(now);
    return true;
  }

  #begin(): void {
    this.#reportedPath = -1;
    const complete = this.#tx.reportedUpTo === Number.POSITIVE_INFINITY;
    for (const path of this.#tx.paths.all) {
      path.ackedBytes = 0;
      path.inFlightBefore = path.inFlightBytes;
      path.sampledSequence = -1;
      path.rack.beginReport(complete);
      path.rttSampleMs = 0;
      path.headAcked = false;
    }
  }

  #acknowledgeUpTo(now: Instant, cumulative: number): void {
    const tx = this.#tx;
    const { outstanding } = tx;
    while (outstanding.base <= cumulative) {
      const chunk = outstanding.base;
      const state = outstanding.state(chunk);
      if (state === ChunkState.inFlight || state === ChunkState.lost) this.#acknowledge(now, chunk, state);
      const bytes = outstanding.length(chunk);
      outstanding.release();
      tx.release(bytes);
    }
  }

  #acknowledgeGaps(now: Instant, sack: SackChunk, cumulative: number): void {
    const { outstanding } = this.#tx;
    let from = cumulative + 1;
    for (let i = 0; i < sack.gapCount; i++) {
      // Blocks come in ascending order; what overlaps an earlier one is not looked at twice.
      const end = cumulative + sack.gapEnd(i);
      for (let chunk = Math.max(from, cumulative + sack.gapStart(i)); chunk <= end; chunk++) {
        const state = outstanding.state(chunk);
        if (state === ChunkState.inFlight || state === ChunkState.lost) this.#acknowledge(now, chunk, state);
      }
      from = Math.max(from, end + 1);
    }
  }

  #acknowledge(now: Instant, chunk: number, state: number): void {
    const tx = this.#tx;
    const { outstanding } = tx;
    const path = tx.paths.find(outstanding.path(chunk));
    if (path !== undefined) {
      if (state === ChunkState.inFlight) this.#credit(now, chunk, path);
      // Judged lost and yet there: the path was slow, not dead.
      else this.#answers(path);
      this.#report(now, chunk, path);
    }
    outstanding.acknowledge(chunk, path);
  }

  #credit(now: Instant, chunk: number, path: SctpPath): void {
    const { outstanding } = this.#tx;
    if (path.head === chunk) path.headAcked = true;
    if (path.mtu.largeLosses > 0 && !outstanding.isCopied(chunk) && this.#tx.isLarge(chunk)) path.mtu.largeLosses = 0;
    const sequence = outstanding.sequence(chunk);
    const sentAt = outstanding.sentAt(chunk);
    // A copy may have come by another path, and says nothing of this one.
    if (!outstanding.isCopied(chunk)) path.rack.handleArrived(now, sequence, sentAt, outstanding.sends(chunk) > 1);
    if (!outstanding.isAmbiguous(chunk)) {
      if (sequence > path.sampledSequence) {
        path.sampledSequence = sequence;
        path.rttSampleMs = now - sentAt;
      }
      // Karn: only what was sent once is measured (RFC 9260 6.3.1 C5).
      if (path.rttProbe === chunk) path.rto.sample(now - sentAt);
    }
    if (path.rttProbe === chunk) path.rttProbe = NO_CHUNK;
  }

  /** Tells `feedback` of the arrival, once per packet; not when another transmission may be what arrived. */
  #report(now: Instant, chunk: number, path: SctpPath): void {
    const { outstanding, ctx } = this.#tx;
    const sentAt = outstanding.sentAt(chunk);
    if (outstanding.sends(chunk) > 1 && now - sentAt < path.rto.srttMs / 2) return;
    if (sentAt > this.#newestAckedSentAt) this.#newestAckedSentAt = sentAt;
    // By whichever path it came: the report covers it, but it says nothing of either.
    if (outstanding.isCopied(chunk)) return;
    const sequence = outstanding.sequence(chunk);
    if (path.id === this.#reportedPath && sequence === this.#reportedSequence) return;
    this.#reportedPath = path.id;
    this.#reportedSequence = sequence;
    ctx.settings.feedback?.handleArrived(now, path.id, sentAt);
  }

  /**
   * A receiver may drop what it reported in a gap block (RFC 9260 6.2). An older SACK that overtook another looks the
   * same, except for this: nobody who has the next TSN reports a Cumulative TSN Ack short of it.
   */
  #findReneged(): void {
    const { outstanding } = this.#tx;
    for (let chunk = outstanding.base; chunk < outstanding.next; chunk++) {
      if (outstanding.state(chunk) !== ChunkState.acked) return;
      outstanding.renege(chunk);
    }
  }

  #countSpurious(now: Instant, sack: SackChunk): void {
    const tx = this.#tx;
    for (let i = 0; i < sack.duplicateCount; i++) {
      const chunk = tx.outstanding.chunkOf(sack.duplicate(i));
      for (const path of tx.paths.all) this.#probes.handleDuplicate(chunk, path);
      const id = tx.takeLostPath(chunk);
      if (id < 0) continue;
      tx.ctx.stats.spuriousRetransmissions++;
      const path = tx.paths.find(id);
      if (path !== undefined) this.#handleSpurious(now, path);
    }
  }

  /** A chunk that was judged lost had arrived. When all of one event had, there was no loss. */
  #handleSpurious(now: Instant, path: SctpPath): void {
    path.spurious++;
    path.rack.handleDuplicate(path.nextSequence);
    path.spuriousInEvent++;
    if (path.lostInEvent === 0 || path.spuriousInEvent < path.lostInEvent) return;
    path.beginLossEvent(0);
    path.window.handleSpurious?.(now);
  }

  /** RFC 9260 8.1, 8.2: counters of errors begin anew. */
  #answers(path: SctpPath): void {
    path.consecutiveTimeouts = 0;
    path.onePacketOnly = false;
    this.#tx.errorCount = 0;
  }

  /** Timers, counters and the window of a path, after what the SACK acknowledged (RFC 9260 6.3.2, 7.2, 8.1, 8.2). */
  #settle(now: Instant, path: SctpPath): void {
    const { ctx, outstanding } = this.#tx;
    const acked = path.inFlightBefore - path.inFlightBytes;
    if (acked <= 0) return;
    ctx.settings.feedback?.handleDelivered(now, path.id, acked);
    this.#answers(path);
    if (path.head === NO_CHUNK) path.t3At = NEVER;
    else if (path.headAcked) path.t3At = now + path.rto.rtoMs;
    if (path.recoveryEnd >= 0 && (path.head === NO_CHUNK || outstanding.sequence(path.head) > path.recoveryEnd)) {
      path.recoveryEnd = -1;
      path.fastRetransmit = false;
      path.rack.handleRecoveryEnd();
    }
    if (path.rttSampleMs > 0) path.window.handleRtt?.(now, path.rttSampleMs);
    if (path.recoveryEnd < 0) path.handleAcked(now, acked, path.inFlightBefore);
  }

  /** RFC 9260 6.2.1 D ii. When a full peer has room again, the probes it refused need not wait for their timers. */
  #openWindow(now: Instant, windowBytes: number): void {
    const tx = this.#tx;
    const { outstanding } = tx;
    const wasFull = tx.peerIsFull;
    tx.announcedWindowBytes = windowBytes;
    tx.peerWindowBytes = windowBytes - outstanding.inFlightPayload;
    if (!wasFull || tx.peerIsFull) return;
    for (const path of tx.paths.all) {
      path.rto.recover();
      // Older than a round trip and not in this SACK: refused.
      const refusedBefore = now - path.rto.srttMs - Math.max(4 * path.rto.rttVarMs, REFUSAL_MARGIN_MS);
      while (path.head !== NO_CHUNK && outstanding.sentAt(path.head) < refusedBefore) tx.lose(path.head, path);
      path.t3At = path.head === NO_CHUNK ? NEVER : now + path.rto.rtoMs;
    }
  }
}

function highestOffset(sack: SackChunk): number {
  let highest = 0;
  for (let i = 0; i < sack.gapCount; i++) highest = Math.max(highest, sack.gapEnd(i));
  return highest;
}
