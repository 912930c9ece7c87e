import { type Instant, NEVER, type Writer } from '@hawser/wire';
import { Timer } from '../context.ts';
import { FORWARD_TSN_HEADER_BYTES, forwardTsnEntryBytes, writeForwardTsn } from '../packet/forward-tsn.ts';
import type { OutMessage } from './out-message.ts';
import { ChunkState } from './outstanding.ts';
import type { TxState } from './tx-state.ts';

/** Chunks that are looked at, at most, to find how far the peer may be moved: it is done at every SACK. */
const MOST_PASSED = 1024;

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

  /** Gives up a message of which nothing has left: one that is first in its queue, or has no end yet. */
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
    const advanced = this.#advanced(Math.max(tx.advanced, outstanding.base - 1));
    if (advanced < outstanding.base) {
      tx.forwardTsnDue = false;
      tx.ctx.timers.disarm(Timer.forwardTsn);
    } else if (advanced > tx.advanced || tx.ctx.timers.deadline(Timer.forwardTsn) === NEVER) {
      tx.forwardTsnDue = true;
      this.#rearm(now);
    }
    tx.advanced = advanced;
  }

  /**
   * How far all is given up, from `from` on. What the peer reported between two gaps is passed over as well, or every further gap
   * would cost a round trip: but only what might have been given up, too. Of what is reliable a report is no promise (RFC
   * 9260 6.2.1 D iii), and the Cumulative TSN Ack is awaited.
   */
  #advanced(from: number): number {
    const { outstanding } = this.#tx;
    let advanced = from;
    const end = Math.min(outstanding.next, from + MOST_PASSED);
    for (let chunk = from + 1; chunk < end; chunk++) {
      const state = outstanding.state(chunk);
      if (state === ChunkState.abandoned) advanced = chunk;
      else if (state !== ChunkState.acked || outstanding.message(chunk).isReliable) break;
    }
    return advanced;
  }

  /** The last FORWARD-TSN stayed without effect for an RTO (C4). */
  handleTimeout(now: Instant): void {
    if (this.#tx.advanced < this.#tx.outstanding.base) return;
    this.#tx.forwardTsnDue = true;
    this.#rearm(now);
  }

  /** Writes the FORWARD-TSN that is due, as far as it fits: more than one where one would pass over what was received. */
  write(w: Writer): boolean {
    const tx = this.#tx;
    let chunk = tx.outstanding.base;
    let next = this.#writeOne(w, chunk);
    if (next === chunk) return false;
    while (next > chunk && next <= tx.advanced) {
      chunk = next;
      next = this.#writeOne(w, chunk);
    }
    tx.forwardTsnDue = false;
    return true;
  }

  /**
   * Writes one FORWARD-TSN, from chunk `from` on; answers the chunk after the last that it covers. It ends before an ordered message
   * that follows a received one on its stream: some receivers (libwebrtc) forget all that they hold up to the number told. Nor does it go on beyond the reset of a stream that it
   * names: who had performed that already would skip messages of the next stream of that identifier.
   */
  #writeOne(w: Writer, from: number): number {
    const { ctx, outstanding, advanced } = this.#tx;
    const { interleaves } = ctx;
    const room = Math.floor((w.remaining - FORWARD_TSN_HEADER_BYTES) / forwardTsnEntryBytes(interleaves));
    if (room < 1) return from;
    const skipped = new Map<number, number>();
    const received = new Set<number>();
    let end = from;
    let last = advanced;
    for (let chunk = from; chunk <= last; chunk++) {
      const { head, ordered, stream } = outstanding.message(chunk);
      if (outstanding.state(chunk) === ChunkState.acked) {
        // What comes before the first gap was let go by the FORWARD-TSN before this one.
        if (ordered && end > from) received.add(stream.id);
        continue;
      }
      if (ordered && received.has(stream.id)) break;
      if (ordered || interleaves) {
        const key = 2 * stream.id + (ordered ? 0 : 1);
        if (!skipped.has(key) && skipped.size === room) break;
        skipped.set(key, head.ssn);
        last = Math.min(last, stream.resetAt);
      }
      end = chunk + 1;
    }
    if (end > from) writeForwardTsn(w, interleaves, outstanding.tsn(end - 1), skipped);
    return end;
  }

  #rearm(now: Instant): void {
    this.#tx.ctx.timers.arm(Timer.forwardTsn, now + this.#tx.controlRtoMs);
  }
}
