import { type Instant, NEVER } from '@hawser/wire';
import type { MtuSearch } from '../liveness/mtu-search.ts';
import { NO_CHUNK, type SctpPath } from '../paths/path.ts';
import type { OutMessage } from './out-message.ts';
import type { PartialReliability } from './partial-reliability.ts';
import type { TxState } from './tx-state.ts';

/** Packets sent later that must have arrived for a loss without waiting (RFC 9260 7.2.4, RFC 8985 DupThresh). */
const LATER_PACKETS = 3;
/** Deadlines are sums of fractions. */
const TOLERANCE_MS = 0.001;

/**
 * Finds what a path lost (RFC 8985 6.2). Only what was sent *on the same path* and later is evidence (split fast
 * retransmit, draft-tuexen-tsvwg-sctp-multipath): TSNs sent on paths of unequal delay arrive out of order without loss.
 */
export class LossDetection {
  readonly #tx: TxState;
  readonly #partial: PartialReliability;
  readonly #mtuSearch: MtuSearch;
  /** Messages that may not be sent again: given up after the walk over the path's list, which that changes. */
  readonly #spent: OutMessage[] = [];

  constructor(tx: TxState, partial: PartialReliability, mtuSearch: MtuSearch) {
    this.#tx = tx;
    this.#partial = partial;
    this.#mtuSearch = mtuSearch;
  }

  /**
   * Takes for lost what is, and says when to look again. The list is in the order of sending, so the first that is not lost
   * ends the walk: it costs as much as there is lost.
   */
  find(now: Instant, path: SctpPath): void {
    const tx = this.#tx;
    const { outstanding } = tx;
    const { rack } = path;
    rack.dueAt = NEVER;
    if (path.head === NO_CHUNK) return;
    const atOnce = path.recoveryEnd >= 0 || rack.newest - outstanding.sequence(path.head) >= LATER_PACKETS;
    const windowMs = rack.windowMs(path.rto.srttMs, atOnce);
    const inFlightBytes = path.inFlightBytes;
    let lost = 0;
    let large = false;
    let lostBytes = 0;
    for (let chunk = path.head; chunk !== NO_CHUNK && outstanding.sequence(chunk) < rack.newest; chunk = path.head) {
      // A repetition may be acknowledged while what was sent before it, of a higher TSN, is left out.
      if (chunk > tx.reportedUpTo) break;
      const lostAt = rack.lostAt(outstanding.sentAt(chunk), windowMs);
      if (lostAt > now + TOLERANCE_MS) {
        rack.dueAt = lostAt;
        break;
      }
      lost++;
      if (tx.isLarge(chunk)) large = true;
      lostBytes += outstanding.length(chunk);
      tx.lose(chunk, path);
      const message = outstanding.message(chunk);
      if (this.#partial.isSpent(message, outstanding.sends(chunk))) this.#spent.push(message);
    }
    if (large) this.#mtuSearch.handleLargeLost(now, path);
    if (lost > 0) this.#lost(now, path, lost, lostBytes, inFlightBytes);
  }

  #lost(now: Instant, path: SctpPath, lost: number, lostBytes: number, inFlightBytes: number): void {
    const { ctx } = this.#tx;
    for (const message of this.#spent) this.#partial.abandon(now, message);
    this.#spent.length = 0;
    ctx.stats.fastRetransmissions += lost;
    ctx.settings.feedback?.handleLost(now, path.id, lostBytes);
    if (path.head === NO_CHUNK) {
      path.t3At = NEVER;
      path.rack.dueAt = NEVER;
    }
    if (path.recoveryEnd >= 0) path.lostInEvent += lost;
    else path.beginRecovery(now, lost, inFlightBytes);
  }
}
