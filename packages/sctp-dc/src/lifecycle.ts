import { type Instant, NO_PATH, utf8Bytes, Writer } from '@hawser/wire';
import type { Channels } from './channels/channels.ts';
import type { StreamReset } from './channels/stream-reset.ts';
import { type Context, Timer } from './context.ts';
import type { CloseReason } from './events.ts';
import type { Heartbeat } from './liveness/heartbeat.ts';
import type { MtuSearch } from './liveness/mtu-search.ts';
import { ChunkType } from './packet/chunk-types.ts';
import { writeErrorChunk } from './packet/error-cause.ts';
import type { Receiver } from './rx/receiver.ts';
import type { Retransmission } from './tx/retransmission.ts';
import type { TxState } from './tx/tx-state.ts';

/** What begins and ends with the association. */
export interface LifecycleParts {
  readonly tx: TxState;
  readonly receiver: Receiver;
  readonly channels: Channels;
  readonly reset: StreamReset;
  readonly heartbeat: Heartbeat;
  readonly mtuSearch: MtuSearch;
  readonly retransmission: Retransmission;
}

/** Bytes of the reason told in an ABORT. */
const MAX_REASON_BYTES = 200;

/** Beginning, beginning anew and ending: what each part of the association has to do then. */
export class Lifecycle {
  readonly #ctx: Context;
  readonly #parts: LifecycleParts;

  constructor(ctx: Context, parts: LifecycleParts) {
    this.#ctx = ctx;
    this.#parts = parts;
  }

  /** Both sides' numbers are known: transfer starts. */
  established(now: Instant): void {
    const { localInitialTsn, peer } = this.#ctx;
    const { channels, heartbeat, mtuSearch, receiver, reset, tx } = this.#parts;
    tx.restart(localInitialTsn, peer.windowBytes);
    receiver.restart(peer.initialTsn);
    reset.restart();
    for (const path of tx.paths.all) {
      if (path.active) heartbeat.start(now, path);
      if (path.mayBecomeActive) mtuSearch.start(now, path);
    }
    this.#ctx.emit({ type: 'connected' });
    channels.handleEstablished();
  }

  /** RFC 9260 5.2.4 A: windows begin anew, and whatever was open or under way is gone. */
  restarted(): void {
    const { channels, receiver, retransmission, tx } = this.#parts;
    const { outbox, timers } = this.#ctx;
    // That it was to end is forgotten, too.
    timers.disarm(Timer.shutdown);
    timers.disarm(Timer.shutdownGuard);
    outbox.drop('shutdown');
    receiver.end();
    channels.handleEnd();
    for (const path of tx.paths.all) {
      retransmission.takeBack(path);
      path.restartWindow();
    }
    tx.dropOutstanding();
    this.#ctx.warn('restarted', '');
  }

  /** Ends at once and says so to the peer (RFC 9260 9.1). */
  abort(now: Instant, reason: CloseReason, cause: number, detail: string): void {
    const ctx = this.#ctx;
    if (ctx.state.over) return;
    ctx.outbox.clear();
    if (ctx.peer.tag !== 0) {
      const info = utf8Bytes(detail).subarray(0, MAX_REASON_BYTES);
      const bytes = new Uint8Array((8 + info.length + 3) & ~3);
      writeErrorChunk(new Writer().reset(bytes, 0, bytes.length), ChunkType.abort, 0, cause, info, 0, info.length);
      ctx.outbox.push('abort', NO_PATH, ctx.peer.tag, bytes);
    }
    ctx.env.trace?.trace(now, 'sctp:aborted', { reason, detail });
    ctx.close(reason, detail);
  }

  /** Lets go of everything but unread messages and what the outbox still holds. */
  end(): void {
    const { channels, heartbeat, mtuSearch, receiver, retransmission, tx } = this.#parts;
    receiver.end();
    for (const path of tx.paths.all) {
      retransmission.takeBack(path);
      heartbeat.stop(path);
      mtuSearch.stop(path);
    }
    channels.handleEnd();
    tx.dropOutstanding();
  }
}
