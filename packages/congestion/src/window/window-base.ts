import type { Instant } from '@hawser/wire';
import { isClock } from '../clock.ts';
import { packetSize } from '../errors.ts';
import { CSS_GROWTH_DIVISOR, HyStart } from './hystart.ts';
import type { PacedWindowController, WindowCounters } from './paced-window.ts';
import { type WindowConfig, windowSettings } from './window-config.ts';

/**
 * What all windows have in common: slow start with HyStart++, a window that is not used does not grow, one packet after a
 * timeout, bounds, pacing, and what cannot be is not believed. How the window grows in congestion avoidance and by how
 * much it shrinks is for those who extend it.
 */
export abstract class WindowBase implements PacedWindowController {
  // A field that begins as undefined would be boxed at every change.
  windowBytes = 0;
  slowStartThresholdBytes = Number.POSITIVE_INFINITY;
  /** The largest packet, bytes. */
  packetBytes = 0;
  /** As told by the latest acknowledgement; 0 while unknown. */
  srttMs = 0;
  readonly counters: WindowCounters = { losses: 0, timeouts: 0, undone: 0, ignored: 0, excessive: 0 };
  readonly #maxWindowBytes: number;
  readonly #burstPackets: number;
  #hystart: HyStart | undefined;

  /** Errors: `out-of-range`, `bad-config`. */
  constructor(packetBytes: number, config: WindowConfig = {}) {
    const settings = windowSettings(config);
    this.packetBytes = packetSize(packetBytes);
    this.#maxWindowBytes = settings.maxWindowBytes;
    this.#burstPackets = settings.burstPackets;
    this.#hystart = settings.hystart ? new HyStart() : undefined;
    const limit = Math.max(2 * packetBytes, settings.initialLimitBytes);
    this.windowBytes = Math.min(settings.initialPackets * packetBytes, limit, settings.maxWindowBytes);
  }

  get inSlowStart(): boolean {
    return this.windowBytes < this.slowStartThresholdBytes;
  }

  get pacingBps(): number {
    if (this.srttMs <= 0) return 0;
    return ((this.inSlowStart ? 2 : 1.25) * this.windowBytes * 8000) / this.srttMs;
  }

  handleRtt(_now: Instant, rttMs: number): void {
    if (!(rttMs > 0 && rttMs <= MAX_RTT_MS)) this.counters.ignored++;
    else if (this.inSlowStart) this.#hystart?.handleRtt(rttMs);
  }

  handleAcked(now: Instant, ackedBytes: number, inFlightBytes: number, srttMs: number): void {
    if (!(ackedBytes > 0 && inFlightBytes > 0) || !isClock(now)) {
      this.counters.ignored++;
      return;
    }
    if (srttMs > 0 && srttMs <= MAX_RTT_MS) this.srttMs = Math.max(srttMs, LEAST_RTT_MS);
    let acked = ackedBytes;
    if (acked > inFlightBytes) {
      this.counters.excessive++;
      acked = inFlightBytes;
    }
    if (this.inSlowStart) this.#slowStart(acked, inFlightBytes);
    else {
      // RFC 9438 5.8, RFC 7661: a window that is not used proves nothing. The eighth is what a pacer may hold back.
      const room = Math.max(this.packetBytes, this.windowBytes / 8);
      this.avoid(now, Math.min(acked, this.windowBytes), inFlightBytes, inFlightBytes + room > this.windowBytes);
    }
  }

  handleLoss(now: Instant, inFlightBytes: number): void {
    this.counters.losses++;
    this.#hystart = undefined;
    this.decrease(now, inFlightBytes, false);
  }

  handleTimeout(now: Instant, inFlightBytes: number): void {
    this.counters.timeouts++;
    this.#hystart = undefined;
    // RFC 5681 3.1: what is lost again halves nothing again.
    if (this.windowBytes > this.packetBytes) this.decrease(now, inFlightBytes, true);
    this.windowBytes = this.packetBytes;
  }

  /** Errors: `out-of-range`. */
  handleMtu(mtuBytes: number): void {
    this.packetBytes = packetSize(mtuBytes);
    if (this.windowBytes < mtuBytes) this.windowBytes = mtuBytes;
  }

  handleSpurious(now: Instant): void {
    if (this.undo(now)) this.counters.undone++;
  }

  /** Congestion avoidance. `full`: the window was used, so it may grow. */
  protected abstract avoid(now: Instant, ackedBytes: number, inFlightBytes: number, full: boolean): void;

  /** Sets threshold and window after a loss; after a timeout the window is set to one packet when this returns. */
  protected abstract decrease(now: Instant, inFlightBytes: number, timeout: boolean): void;

  /** Takes the latest decrease back. @returns whether there was one */
  protected abstract undo(now: Instant): boolean;

  /** Brings the window within its bounds. */
  protected bound(): void {
    if (this.windowBytes < this.packetBytes) this.windowBytes = this.packetBytes;
    else if (this.windowBytes > this.#maxWindowBytes) this.windowBytes = this.#maxWindowBytes;
  }

  #slowStart(ackedBytes: number, inFlightBytes: number): void {
    // RFC 9406 4.3: only the first slow start, whose end nobody knows.
    const hystart = this.slowStartThresholdBytes === Number.POSITIVE_INFINITY ? this.#hystart : undefined;
    const growth = Math.min(ackedBytes, this.#burstPackets * this.packetBytes);
    // A paced window doubles while its second half is on the way out: half of it in flight is full use.
    if (2 * inFlightBytes > this.windowBytes) {
      const grown = this.windowBytes + (hystart?.conservative ? growth / CSS_GROWTH_DIVISOR : growth);
      this.windowBytes = Math.min(grown, Math.max(this.slowStartThresholdBytes, this.windowBytes));
      this.bound();
    }
    if (hystart?.handleAcked(ackedBytes, inFlightBytes)) {
      this.slowStartThresholdBytes = this.windowBytes;
      this.#hystart = undefined;
    }
  }
}

/** No round trip is shorter: what is divided by it stays a number. */
const LEAST_RTT_MS = 0.001;

/** A round trip that takes longer is taken for a broken clock. */
const MAX_RTT_MS = 120_000;
