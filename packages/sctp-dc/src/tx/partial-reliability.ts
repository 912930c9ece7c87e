import { type Instant, NEVER, type Writer } from '@hawser/wire';
import { Timer } from '../context.ts';
import { writeForwardTsn } from '../packet/forward-tsn.ts';
import { I_FORWARD_TSN_ENTRY_BYTES, writeIForwardTsn } from '../packet/i-forward-tsn.ts';
import type { OutMessage } from './out-message.ts';
import { ChunkState } from './outstanding.ts';
import type { TxState } from './tx-state.ts';

/**
 * Giving messages up (RFC 3758): by time or by count of retransmissions. A message is given up as a whole; the peer is
 * told by FORWARD-TSN, repeated until its Cumulative TSN Ack is there.
 */
export class PartialReliability {
  readonly #tx: TxState;

  constructor(tx: TxState) {
    this.#tx = tx;
  }

  /** Whether `message` may not be sent, or sent again, any more. */
  isOver(now: Instant, message: OutMessage): boolean {
    return message.expiresAt <= now && this.#tx.ctx.mayForwardTsn;
  }

  /** Whether a chunk sent `sends` times may not be sent once more. */
  isSpent(message: OutMessage, sends: number): boolean {
    return sends > message.maxRetransmits && this.#tx.ctx.mayForwardTsn;
  }

  /** Gives up a message of which at least one fragment was sent. */
  abandon(now: Instant, message: OutMessage): void {
    const { head } = message;
    if (head.abandoned) return;
    const tx = this.#tx;
    const { outstanding, scheduler } = tx;
    head.abandoned = true;
    tx.ctx.stats.messagesAbandoned++;
    // Its end was not sent. One TSN is spent on what is left, so that the FORWARD-TSN ends beyond what the peer holds of the
    // message and makes it forget that.
    if (!head.endLeft) head.lastChunk = outstanding.add(head, 0, 0, 0);
    scheduler.giveUp(head, (piece) => {
      const { rest } = piece;
      piece.taken = piece.bytes.length;
      tx.drained(piece, rest);
      tx.release(rest);
    });
    for (let chunk = Math.max(head.firstChunk, outstanding.base); chunk <= head.lastChunk; chunk++) {
      // Fragments of other messages lie between those of this one where they are interleaved.
      if (outstanding.message(chunk).head !== head) continue;
      if (outstanding.state(chunk) === ChunkState.inFlight) tx.peerWindowBytes += outstanding.length(chunk);
      outstanding.abandon(chunk, tx.paths.find(outstanding.path(chunk)));
    }
    this.advance(now);
  }

  /** Gives up a message that is still whole in the queue, at its head. */
  dropUnsent(message: OutMessage): void {
    const tx = this.#tx;
    message.head.abandoned = true;
    tx.ctx.stats.messagesAbandoned++;
    tx.scheduler.giveUp(message.head, (piece) => {
      tx.drained(piece, piece.rest);
      tx.release(piece.bytes.length);
    });
  }

  /** Moves the Advanced.Peer.Ack.Point (RFC 3758 3.5 C1, C2) and asks for a FORWARD-TSN when it is ahead of the peer. */
  advance(now: Instant): void {
    const tx = this.#tx;
    const { outstanding } = tx;
    let advanced = Math.max(tx.advanced, outstanding.base - 1);
    while (advanced + 1 < outstanding.next && outstanding.state(advanced + 1) === ChunkState.abandoned) advanced++;
    if (advanced < outstanding.base) {
      tx.forwardTsnDue = false;
      tx.ctx.timers.disarm(Timer.forwardTsn);
    } else if (advanced > tx.advanced || tx.ctx.timers.deadline(Timer.forwardTsn) === NEVER) {
      tx.forwardTsnDue = true;
      this.#rearm(now);
    }
    tx.advanced = advanced;
  }

  /** The last FORWARD-TSN stayed without effect for an RTO (C4). */
  handleTimeout(now: Instant): void {
    if (this.#tx.advanced < this.#tx.outstanding.base) return;
    this.#tx.forwardTsnDue = true;
    this.#rearm(now);
  }

  /** Writes the FORWARD-TSN that is due, if it fits. It covers only as many streams as it has room for. */
  write(w: Writer): boolean {
    const tx = this.#tx;
    const { outstanding } = tx;
    const { interleaves } = tx.ctx;
    const room = Math.floor((w.remaining - 8) / (interleaves ? I_FORWARD_TSN_ENTRY_BYTES : 4));
    if (room < 1) return false;
    const skipped = new Map<number, number>();
    let chunk = outstanding.base;
    for (; chunk <= tx.advanced; chunk++) {
      const message = outstanding.message(chunk);
      if (!message.ordered && !interleaves) continue;
      const key = interleaves ? 2 * message.stream.id + (message.ordered ? 0 : 1) : message.stream.id;
      if (!skipped.has(key) && skipped.size === room) break;
      skipped.set(key, message.head.ssn);
    }
    if (interleaves) writeIForwardTsn(w, outstanding.tsn(chunk - 1), skipped);
    else writeForwardTsn(w, outstanding.tsn(chunk - 1), skipped);
    tx.forwardTsnDue = false;
    return true;
  }

  #rearm(now: Instant): void {
    this.#tx.ctx.timers.arm(Timer.forwardTsn, now + this.#tx.controlRtoMs);
  }
}
