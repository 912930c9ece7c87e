import type { GccController } from '../../src/index.ts';
import type { Bottleneck } from './bottleneck.ts';
import type { Clockwork } from './clockwork.ts';

interface Packet {
  readonly sentAt: number;
  readonly bytes: number;
  /** NaN: lost. */
  readonly arrivesAt: number;
}

/** A camera of 30 frames a second that follows the target, paced, with a report every 50 ms; and probes. */
export class MediaFlow {
  readonly gcc: GccController;
  arrivedBytes = 0;
  /** Sum and count of the delays beyond the path's own, ms. */
  delaySumMs = 0;
  packets = 0;
  /** Never sends more, bit/s. */
  applicationBps = Number.POSITIVE_INFINITY;
  reporting = true;
  paused = false;
  readonly #clock: Clockwork;
  readonly #link: Bottleneck;
  readonly #oneWayMs: number;
  readonly #unreported: Packet[] = [];
  #pacerFreeAt = 0;
  /** Minutes off: the peer's clock is another. */
  readonly #clockOffsetMs = 1_234_567;

  constructor(clock: Clockwork, link: Bottleneck, oneWayMs: number, gcc: GccController) {
    this.#clock = clock;
    this.#link = link;
    this.#oneWayMs = oneWayMs;
    this.gcc = gcc;
    this.#frame();
    this.#report();
    this.#tick();
  }

  #frame(): void {
    const { now } = this.#clock;
    this.#clock.at(now + 1000 / 30, () => this.#frame());
    if (this.paused) return;
    let bytes = Math.min(this.gcc.targetBps, this.applicationBps) / 30 / 8;
    while (bytes > 0) {
      const size = Math.max(60, Math.min(1200, Math.round(bytes)));
      bytes -= size;
      this.#paced(size, this.gcc.pacingBps, 0);
    }
  }

  #paced(bytes: number, bps: number, probe: number): void {
    const at = Math.max(this.#clock.now, this.#pacerFreeAt);
    this.#pacerFreeAt = at + (bytes * 8000) / bps;
    this.#clock.at(at, () => this.#send(bytes, probe));
  }

  #send(bytes: number, probe: number): void {
    const { now } = this.#clock;
    this.gcc.handleSent(now, bytes, probe);
    const through = this.#link.send(bytes);
    const packet = { sentAt: now, bytes, arrivesAt: through + this.#oneWayMs };
    this.#unreported.push(packet);
    if (Number.isNaN(through)) return;
    this.#clock.at(packet.arrivesAt, () => {
      this.arrivedBytes += bytes;
      this.packets++;
      this.delaySumMs += packet.arrivesAt - now - this.#oneWayMs;
    });
  }

  #report(): void {
    this.#clock.at(this.#clock.now + 50, () => this.#report());
    if (!this.reporting) return;
    const { now } = this.#clock;
    let covered = 0;
    for (let i = 0; i < this.#unreported.length; i++) if (this.#unreported[i].arrivesAt <= now) covered = i + 1;
    if (covered === 0) return;
    const report = this.#unreported.splice(0, covered);
    this.#clock.at(now + this.#oneWayMs, () => {
      const then = this.#clock.now;
      for (const { sentAt, arrivesAt, bytes } of report) {
        if (Number.isNaN(arrivesAt)) this.gcc.handleMissing(then, sentAt, bytes);
        else this.gcc.handleArrived(then, sentAt, arrivesAt + this.#clockOffsetMs, bytes);
      }
      this.gcc.handleReportEnd(then, 2 * this.#oneWayMs + this.#link.queueMs);
    });
  }

  /** What a session does now and then: timers and probes. */
  #tick(): void {
    const { now } = this.#clock;
    this.#clock.at(now + 10, () => this.#tick());
    if (now >= this.gcc.pollTimeout()) this.gcc.handleTimeout(now);
    if (now < this.#pacerFreeAt || this.paused) return;
    const probe = this.gcc.pollProbe(now);
    if (probe === undefined) return;
    const size = Math.max(60, Math.min(1200, Math.ceil(probe.bytes / probe.packets)));
    for (let bytes = 0, i = 0; bytes < probe.bytes || i < probe.packets; bytes += size, i++) {
      this.#paced(size, probe.bps, probe.id);
    }
  }
}
