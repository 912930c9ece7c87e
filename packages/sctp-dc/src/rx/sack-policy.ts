import { type Instant, NEVER, NO_PATH, type PathId } from '@hawser/wire';
import { type Context, Timer } from '../context.ts';

/**
 * When to acknowledge (RFC 9260 6.2): every second packet with DATA, at once on a gap, a duplicate or the I bit, and not
 * later than `sackDelayMs`. SACKs go back by the path of the latest DATA (6.4).
 */
export class SackPolicy {
  /** A SACK is to leave now. */
  due = false;
  /** The path by which the latest DATA came. */
  path: PathId = NO_PATH;
  #unacknowledgedPackets = 0;
  #sentAny = false;
  readonly #ctx: Context;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** Whether there is something to acknowledge, due or not: it may ride along with DATA. */
  get pending(): boolean {
    return this.due || this.#unacknowledgedPackets > 0;
  }

  /** A packet with DATA was taken in. */
  handlePacket(now: Instant, path: PathId, immediately: boolean): void {
    this.path = path;
    this.#unacknowledgedPackets++;
    // RFC 9260 5.1: the first DATA is acknowledged at once, so that the sender has a first RTT sample.
    if (immediately || this.#unacknowledgedPackets >= 2 || !this.#sentAny) this.require();
    else if (this.#ctx.timers.deadline(Timer.sack) === NEVER) {
      this.#ctx.timers.arm(Timer.sack, now + this.#ctx.settings.sackDelayMs);
    }
  }

  /** A SACK must leave whatever was received: a FORWARD-TSN, a window that opened, the timer. */
  require(): void {
    this.due = true;
    this.#ctx.timers.disarm(Timer.sack);
  }

  handleSent(): void {
    this.due = false;
    this.#sentAny = true;
    this.#unacknowledgedPackets = 0;
    this.#ctx.timers.disarm(Timer.sack);
  }
}
