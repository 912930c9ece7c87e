import { type Instant, NEVER } from '@hawser/wire';

/** A burst is at most this many packets … */
const BURST_PACKETS = 2;

/** … or what the path carries in this time, whichever is more. */
const BURST_MS = 2;

/** What a tick that comes late lets out besides, of what was due meanwhile: an event loop is not always on time. */
const MAX_LATE_MS = 8;

/** The grid of the ticks: timers are no finer, and one for each packet would cost more than the packet. */
const TICK_MS = 1;

/** What rounding may take from a packet's worth of credit: the tick that was named must do. */
const ROUNDING_BYTES = 1e-3;

/**
 * Spreads the packets of one path over time: a bucket that fills at the path's rate and holds a short burst. Packets that
 * must not wait (audio, acknowledgements) leave on credit: the bucket owes for them, and others wait the longer.
 *
 * Time is an argument. A pacer without a rate paces nothing.
 */
export class PathPacer {
  readonly #packetBytes: number;
  #bytesPerMs = Number.POSITIVE_INFINITY;
  #creditBytes = 0;
  #filledAt: Instant = Number.NEGATIVE_INFINITY;
  /** Somebody waits since then; `NEVER`: nobody. */
  #waitsUntil: Instant = NEVER;

  /** @param packetBytes the largest packet, above 0 */
  constructor(packetBytes: number) {
    this.#packetBytes = packetBytes;
  }

  /** Bit/s; Infinity when nothing is held back. */
  get rateBps(): number {
    return this.#bytesPerMs * 8000;
  }

  /** @param bps above 0; Infinity: no pacing */
  setRate(now: Instant, bps: number): void {
    if (this.#bytesPerMs !== Number.POSITIVE_INFINITY) this.#fill(now);
    else if (bps !== Number.POSITIVE_INFINITY) this.#restart(now, bps / 8000);
    const isSlower = bps / 8000 < this.#bytesPerMs;
    this.#bytesPerMs = bps / 8000;
    // What a faster rate saved up would leave at once, and wait in the queue that made the rate fall.
    if (isSlower) this.#creditBytes = Math.min(this.#creditBytes, this.#burstBytes);
  }

  /** Bytes that may leave now; a packet may leave while this is at least its size. Below 0: owed. */
  creditBytes(now: Instant): number {
    if (this.#bytesPerMs === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    this.#fill(now);
    return this.#creditBytes + ROUNDING_BYTES;
  }

  /** Bytes that left and that the path's rate has not made good yet. */
  queueBytes(now: Instant): number {
    return Math.max(0, ROUNDING_BYTES - this.creditBytes(now));
  }

  /** A packet of `bytes` leaves now, whether there was credit or not. */
  spend(now: Instant, bytes: number): void {
    if (this.#bytesPerMs === Number.POSITIVE_INFINITY) return;
    this.#fill(now);
    this.#creditBytes -= bytes;
    this.#waitsUntil = NEVER;
  }

  /** The tick at which a packet of `bytes` may leave: one waits for it. */
  waitFor(now: Instant, bytes: number): Instant {
    if (this.#bytesPerMs === Number.POSITIVE_INFINITY) return now;
    this.#fill(now);
    const missing = Math.min(bytes, this.#burstBytes) - this.#creditBytes;
    if (missing <= ROUNDING_BYTES) return now;
    const at = now + missing / this.#bytesPerMs;
    this.#waitsUntil = Math.ceil(at / TICK_MS) * TICK_MS;
    return this.#waitsUntil;
  }

  get #burstBytes(): number {
    return Math.max(BURST_PACKETS * this.#packetBytes, BURST_MS * this.#bytesPerMs);
  }

  #restart(now: Instant, bytesPerMs: number): void {
    this.#bytesPerMs = bytesPerMs;
    this.#creditBytes = this.#burstBytes;
    this.#filledAt = now;
  }

  #fill(now: Instant): void {
    if (now <= this.#filledAt) return;
    const earned = (now - this.#filledAt) * this.#bytesPerMs;
    this.#filledAt = now;
    // What fell due while a tick was late leaves with it; a bucket that nobody waited for holds a burst and no more.
    const lateMs = now - this.#waitsUntil;
    const most = this.#burstBytes + (lateMs > 0 ? Math.min(lateMs, MAX_LATE_MS) * this.#bytesPerMs : 0);
    this.#creditBytes = Math.max(this.#creditBytes, Math.min(most, this.#creditBytes + earned));
  }
}
