import { type Instant, NEVER } from '@hawser/wire';
import { NO_CHUNK, type SctpPath } from '../paths/path.ts';
import type { PartialReliability } from './partial-reliability.ts';
import type { TxState } from './tx-state.ts';

/** The least probe timeout: less is what a busy machine takes for a turn. */
const LEAST_PROBE_MS = 10;

/** The loss probe of one path (RFC 8985 7). */
export class ProbeState {
  /** PTO. */
  dueAt: Instant = NEVER;
  /** A probe is to leave, whatever the congestion window says. */
  wanted = false;
  /** Packet number of the probe under way: TLP.end_seq; -1 = none. */
  sequence = -1;
  /** The chunk that the probe repeated: TLP.is_retrans; `NO_CHUNK` when the probe was new data. */
  repeated = NO_CHUNK;
  /** A round trip was measured since the last probe (7.3, second condition). */
  measured = true;
  /** The newest packet asked for an answer at once (RFC 7053). */
  asked = false;
  /** The peer was found to hold the acknowledgement of a single packet, its I bit notwithstanding. */
  peerDelays = false;

  clear(): void {
    this.dueAt = NEVER;
    this.wanted = false;
    this.sequence = -1;
    this.repeated = NO_CHUNK;
  }
}

/**
 * Tail-loss probes, path by path (RFC 8985 7): when the last packets of a flight stay without an answer for two round
 * trips, one packet more leaves, so that its acknowledgement shows what is missing long before T3-rtx would.
 */
export class TailProbe {
  readonly #tx: TxState;
  readonly #partial: PartialReliability;

  constructor(tx: TxState, partial: PartialReliability) {
    this.#tx = tx;
    this.#partial = partial;
  }

  /** Data left on `path`, or was acknowledged: the timeout begins anew, where there is anything to probe for (7.2). */
  arm(now: Instant, path: SctpPath): void {
    const tx = this.#tx;
    const { probe, rto } = path;
    probe.dueAt = NEVER;
    if (path.head === NO_CHUNK || !path.active || rto.srttMs === 0 || tx.peerIsFull) return;
    if (path.recoveryEnd >= 0 || path.doubtful || probe.sequence >= 0 || !probe.measured) return;
    const first = tx.outstanding.sequence(path.head);
    if (first < path.rack.newest) return;
    const single = first === tx.outstanding.sequence(path.tail);
    const heldMs = single && (!probe.asked || probe.peerDelays) ? tx.ctx.settings.sackDelayMs : 0;
    const dueAt = now + Math.max(2 * rto.srttMs, LEAST_PROBE_MS) + heldMs;
    // A T3-rtx that comes sooner gives way to the probe (7.2), unless there is another path to go on by.
    if (dueAt < path.t3At) probe.dueAt = dueAt;
    else if (tx.paths.activeCount === 1) probe.dueAt = path.t3At;
  }

  /** PTO: new data if there is any that may be sent, else the newest packet again (7.3). */
  handleTimeout(now: Instant, path: SctpPath): void {
    const tx = this.#tx;
    const { outstanding } = tx;
    const { probe } = path;
    probe.dueAt = NEVER;
    if (path.head === NO_CHUNK || !path.active) return;
    if (outstanding.lostChunks === 0 && !(tx.mayStartNew && tx.scheduler.readyCount > 0)) {
      const last = outstanding.sequence(path.tail);
      if (!this.#mayRepeat(now, path, last)) return;
      while (path.tail !== NO_CHUNK && outstanding.sequence(path.tail) === last) {
        probe.repeated = path.tail;
        tx.takeBack(path.tail, path);
      }
    }
    probe.wanted = true;
    probe.measured = false;
    probe.sequence = path.nextSequence;
    path.t3At = now + path.rto.rtoMs;
    tx.ctx.stats.tailProbes++;
  }

  /** After a SACK: whether the probe has had its answer (7.4.2). */
  handleSack(now: Instant, path: SctpPath): void {
    const { probe, rack } = path;
    if (path.rttSampleMs > 0) probe.measured = true;
    if (probe.sequence >= 0 && rack.newest >= probe.sequence) {
      if (probe.repeated === NO_CHUNK) probe.sequence = -1;
      else if (rack.newest > probe.sequence) {
        // Later data arrived and no duplicate was reported: the probe repaired a loss.
        probe.sequence = -1;
        probe.repeated = NO_CHUNK;
        if (path.recoveryEnd < 0) path.beginRecovery(now, 0, path.inFlightBefore);
      }
    }
    this.arm(now, path);
  }

  /** The peer has `chunk` twice: if the probe repeated it, nothing was lost, the answer was late. */
  handleDuplicate(chunk: number, path: SctpPath): boolean {
    const { probe } = path;
    if (probe.repeated === NO_CHUNK || probe.repeated !== chunk) return false;
    probe.clear();
    probe.peerDelays = true;
    return true;
  }

  /** What may not be sent again is no probe (RFC 3758). */
  #mayRepeat(now: Instant, path: SctpPath, sequence: number): boolean {
    const { outstanding } = this.#tx;
    for (let chunk = path.tail; chunk !== NO_CHUNK; chunk = outstanding.before(chunk)) {
      if (outstanding.sequence(chunk) !== sequence) break;
      const message = outstanding.message(chunk);
      if (this.#partial.isOver(now, message) || this.#partial.isSpent(message, outstanding.sends(chunk))) return false;
    }
    return true;
  }
}
