import { type Instant, NEVER, NO_PATH, type PathId } from '@hawser/wire';
import { type Context, Timer } from '../context.ts';

/** Packets with DATA on one path that are answered by a SACK (RFC 9260 6.2). */
const PACKETS_PER_SACK = 2;
/** Longest time a gap is kept from the sender while several paths deliver, ms. */
const GAP_DELAY_MS = 20;
/** A path delivers if it did so in this time, ms. */
const RECENT_MS = 250;
/** Paths that are remembered; of more the one that was silent longest is forgotten. */
const MAX_PATHS = 16;

/** What came by a path since the last SACK. */
interface PathArrivals {
  path: PathId;
  packets: number;
  latestAt: Instant;
}

/**
 * When to acknowledge (RFC 9260 6.2, 6.7): every second packet with DATA of a path, at once on a duplicate or the I bit, and
 * not later than `sackDelayMs`. A gap is told at once while one path delivers. Where several do there nearly always is one,
 * and it means nothing: the sender judges losses path by path. SACKs go back by the path of the latest DATA (6.4).
 */
export class SackPolicy {
  /** A SACK is to leave now. */
  due = false;
  /** The path by which the latest DATA came. */
  path: PathId = NO_PATH;
  #unacknowledgedPackets = 0;
  #sentAny = false;
  readonly #arrivals: PathArrivals[] = [];
  readonly #ctx: Context;

  constructor(ctx: Context) {
    this.#ctx = ctx;
  }

  /** Whether there is something to acknowledge, due or not: it may ride along with DATA. */
  get pending(): boolean {
    return this.due || this.#unacknowledgedPackets > 0;
  }

  /** A packet with DATA was taken in. `gap`: something before what arrived is missing. */
  handlePacket(now: Instant, path: PathId, immediately: boolean, gap: boolean): void {
    this.path = path;
    this.#unacknowledgedPackets++;
    const arrivals = this.#of(path);
    arrivals.packets++;
    arrivals.latestAt = now;
    // RFC 9260 5.1: the first DATA is acknowledged at once, so that the sender has a first RTT sample.
    if (immediately || arrivals.packets >= PACKETS_PER_SACK || !this.#sentAny) this.require();
    else if (gap && !this.severalDeliver(now)) this.require();
    else this.#delay(now, gap);
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
    for (const arrivals of this.#arrivals) arrivals.packets = 0;
    this.#ctx.timers.disarm(Timer.sack);
  }

  #delay(now: Instant, gap: boolean): void {
    const { settings, timers } = this.#ctx;
    const at = now + (gap ? Math.min(settings.sackDelayMs, GAP_DELAY_MS) : settings.sackDelayMs);
    if (timers.deadline(Timer.sack) === NEVER) timers.arm(Timer.sack, at);
    else timers.armEarlier(Timer.sack, at);
  }

  /** Whether several paths deliver: gaps are there nearly always then, and mean nothing. */
  severalDeliver(now: Instant): boolean {
    let count = 0;
    for (const { latestAt } of this.#arrivals) if (now - latestAt <= RECENT_MS) count++;
    return count > 1;
  }

  #of(path: PathId): PathArrivals {
    let stalest: PathArrivals | undefined;
    for (const arrivals of this.#arrivals) {
      if (arrivals.path === path) return arrivals;
      if (stalest === undefined || arrivals.latestAt < stalest.latestAt) stalest = arrivals;
    }
    if (stalest !== undefined && this.#arrivals.length === MAX_PATHS) {
      stalest.path = path;
      stalest.packets = 0;
      return stalest;
    }
    const arrivals = { path, packets: 0, latestAt: 0 };
    this.#arrivals.push(arrivals);
    return arrivals;
  }
}
