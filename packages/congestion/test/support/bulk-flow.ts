import type { WindowController } from '@hawser/wire';
import type { Bottleneck } from './bottleneck.ts';
import type { Clockwork } from './clockwork.ts';

export const PACKET_BYTES = 1200;

/**
 * A sender that always has data, over a bottleneck and back: acknowledges every packet, finds a loss by three later ones, and
 * asks its window as `sctp-dc` does.
 */
export class BulkFlow {
  readonly window: WindowController & { handleRtt?(now: number, rttMs: number): void };
  ackedBytes = 0;
  inFlightBytes = 0;
  /** Sends only so much at a time, bytes; Infinity: the window alone limits. */
  applicationLimitBytes = Number.POSITIVE_INFINITY;
  readonly #clock: Clockwork;
  readonly #link: Bottleneck;
  readonly #oneWayMs: number;
  /** Numbers in flight, in order; a lost one stays until three later ones are acknowledged. */
  readonly #outstanding: { number: number; later: number }[] = [];
  #next = 0;
  #recoveryEnd = -1;
  #srttMs = 0;
  #heardAt = 0;

  constructor(clock: Clockwork, link: Bottleneck, oneWayMs: number, window: BulkFlow['window']) {
    this.#clock = clock;
    this.#link = link;
    this.#oneWayMs = oneWayMs;
    this.window = window;
    clock.at(clock.now, () => this.#fill());
    this.#watch();
  }

  #fill(): void {
    const limit = () => Math.min(this.window.windowBytes, this.applicationLimitBytes);
    while (this.inFlightBytes < limit()) {
      const number = this.#next++;
      const sentAt = this.#clock.now;
      this.#outstanding.push({ number, later: 0 });
      this.inFlightBytes += PACKET_BYTES;
      const through = this.#link.send(PACKET_BYTES);
      if (!Number.isNaN(through)) this.#clock.at(through + 2 * this.#oneWayMs, () => this.#acked(number, sentAt));
    }
  }

  #acked(number: number, sentAt: number): void {
    const now = this.#clock.now;
    this.#heardAt = now;
    const at = this.#outstanding.findIndex((one) => one.number === number);
    if (at < 0) return;
    const rtt = now - sentAt;
    this.#srttMs = this.#srttMs === 0 ? rtt : this.#srttMs + (rtt - this.#srttMs) / 8;
    const inFlightBefore = this.inFlightBytes;
    this.#outstanding.splice(at, 1);
    this.inFlightBytes -= PACKET_BYTES;
    this.ackedBytes += PACKET_BYTES;
    let lost = 0;
    for (let i = 0; i < at; i++) if (++this.#outstanding[i].later >= 3) lost++;
    this.#outstanding.splice(0, lost);
    this.inFlightBytes -= lost * PACKET_BYTES;
    if (number > this.#recoveryEnd) this.#recoveryEnd = -1;
    if (this.#recoveryEnd < 0) {
      this.window.handleRtt?.(now, rtt);
      this.window.handleAcked(now, PACKET_BYTES, inFlightBefore, this.#srttMs);
    }
    if (lost > 0 && this.#recoveryEnd < 0) {
      this.window.handleLoss(now, inFlightBefore);
      this.#recoveryEnd = this.#next - 1;
    }
    this.#fill();
  }

  /** A retransmission timer of the coarse kind. */
  #watch(): void {
    this.#clock.at(this.#clock.now + 100, () => {
      const rto = Math.max(300, 4 * this.#srttMs);
      if (this.#outstanding.length > 0 && this.#clock.now - this.#heardAt > rto) {
        this.window.handleTimeout(this.#clock.now, this.inFlightBytes);
        this.#outstanding.length = 0;
        this.inFlightBytes = 0;
        this.#recoveryEnd = -1;
        this.#heardAt = this.#clock.now;
        this.#fill();
      }
      this.#watch();
    });
  }
}
