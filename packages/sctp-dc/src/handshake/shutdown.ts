import { type Instant, type PathId, Verdict, Writer } from '@hawser/wire';
import { type Context, Timer } from '../context.ts';
import { ChunkType, FLAG_TAG_REFLECTED } from '../packet/chunk-types.ts';

/** What ending in good order needs of the rest of the association. */
export interface ShutdownHost {
  /** Whether nothing is queued and everything sent is acknowledged. */
  allAcknowledged(): boolean;
  /** Cumulative TSN Ack of what the peer sent. */
  receivedTsn(): number;
  rtoMs(): number;
  /** The path for the `attempt`-th repetition of SHUTDOWN or SHUTDOWN ACK, or `NO_PATH`. */
  pathFor(attempt: number): PathId;
}

/** T5-shutdown-guard: five times RTO.Max is RFC 9260 9.2's recommendation; calls do not wait 5 minutes. */
const GUARD_MS = 30_000;

/** As in the set-up: repetitions do not fall asleep. */
const MAX_BACK_OFF_MS = 4000;

/**
 * Ending in good order (RFC 9260 9.2). In numbers: all data acknowledged, SHUTDOWN, the other side's data acknowledged,
 * SHUTDOWN ACK, SHUTDOWN COMPLETE.
 */
export class Shutdown {
  readonly #ctx: Context;
  readonly #host: ShutdownHost;
  #attempts = 0;
  #timeoutMs = 0;

  constructor(ctx: Context, host: ShutdownHost) {
    this.#ctx = ctx;
    this.#host = host;
  }

  start(now: Instant): void {
    const { state, timers } = this.#ctx;
    if (state.now !== 'established') return;
    state.enter('shutdown-pending', 'shutdown');
    timers.arm(Timer.shutdownGuard, now + GUARD_MS);
    this.progress(now);
  }

  /** Data was acknowledged, or taken from the queue: the next step may be ripe. */
  progress(now: Instant): void {
    const { state } = this.#ctx;
    if (state.now === 'shutdown-pending' && this.#host.allAcknowledged()) {
      state.enter('shutdown-sent', 'all data acknowledged');
      this.#begin();
      this.#sendShutdown(now);
    } else if (state.now === 'shutdown-received' && this.#host.allAcknowledged()) {
      state.enter('shutdown-ack-sent', 'all data acknowledged');
      this.#begin();
      this.#sendShutdownAck(now);
    }
  }

  /** SHUTDOWN came; its Cumulative TSN Ack was taken in already. */
  handleShutdown(now: Instant): Verdict {
    const { state, timers } = this.#ctx;
    switch (state.now) {
      case 'established':
      case 'shutdown-pending':
        state.enter('shutdown-received', 'SHUTDOWN');
        timers.armEarlier(Timer.shutdownGuard, now + GUARD_MS);
        this.progress(now);
        return Verdict.consumed;
      case 'shutdown-sent':
        state.enter('shutdown-ack-sent', 'SHUTDOWN');
        this.#begin();
        this.#sendShutdownAck(now);
        return Verdict.consumed;
      case 'shutdown-received':
        return Verdict.consumed;
      case 'shutdown-ack-sent':
        this.#sendShutdownAck(now);
        return Verdict.consumed;
      default:
        return Verdict.unexpected;
    }
  }

  /** DATA in shutdown-sent: SHUTDOWN again, with the new Cumulative TSN Ack. */
  handleDataAfterShutdown(now: Instant): void {
    this.#sendShutdown(now);
  }

  /** `tag` is the packet's own; without an association it is reflected (RFC 9260 8.4, 8.5.1 C). */
  handleShutdownAck(path: PathId, tag: number): Verdict {
    const { state } = this.#ctx;
    if (state.now === 'shutdown-sent' || state.now === 'shutdown-ack-sent') {
      this.#complete(path, this.#ctx.peer.tag, 0);
      this.#end();
      return Verdict.consumed;
    }
    if (!state.hasPeer) this.#complete(path, tag, FLAG_TAG_REFLECTED);
    return Verdict.unexpected;
  }

  handleShutdownComplete(): Verdict {
    if (this.#ctx.state.now !== 'shutdown-ack-sent') return Verdict.unexpected;
    this.#end();
    return Verdict.consumed;
  }

  /** T2-shutdown expired. */
  handleTimeout(now: Instant): void {
    const { state, settings } = this.#ctx;
    if (++this.#attempts > settings.maxRetransmissions) {
      this.#ctx.close('peer-unreachable', 'no answer to SHUTDOWN');
      return;
    }
    this.#timeoutMs = Math.min(2 * this.#timeoutMs, MAX_BACK_OFF_MS);
    if (state.now === 'shutdown-sent') this.#sendShutdown(now);
    else if (state.now === 'shutdown-ack-sent') this.#sendShutdownAck(now);
  }

  #begin(): void {
    this.#attempts = 0;
    this.#timeoutMs = this.#host.rtoMs();
  }

  #sendShutdown(now: Instant): void {
    const bytes = new Uint8Array(8);
    const w = new Writer().reset(bytes, 0, 8);
    w.u8(ChunkType.shutdown);
    w.u8(0);
    w.u16(8);
    w.u32(this.#host.receivedTsn());
    this.#push(now, bytes);
  }

  #sendShutdownAck(now: Instant): void {
    this.#push(now, Uint8Array.of(ChunkType.shutdownAck, 0, 0, 4));
  }

  #push(now: Instant, bytes: Uint8Array): void {
    this.#ctx.outbox.drop('shutdown');
    this.#ctx.outbox.push('shutdown', this.#host.pathFor(this.#attempts), this.#ctx.peer.tag, bytes);
    this.#ctx.timers.arm(Timer.shutdown, now + this.#timeoutMs);
  }

  #complete(path: PathId, tag: number, flags: number): void {
    this.#ctx.outbox.reply(path, tag, Uint8Array.of(ChunkType.shutdownComplete, flags, 0, 4), true);
  }

  #end(): void {
    this.#ctx.outbox.drop('shutdown');
    this.#ctx.close('shutdown', '');
  }
}
