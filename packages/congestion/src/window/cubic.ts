import type { Instant, PathId } from '@hawser/wire';
import { CUBIC_ALPHA, CUBIC_BETA, cubicK, cubicWindow } from './cubic-curve.ts';
import type { PacedWindowController } from './paced-window.ts';
import { WindowBase } from './window-base.ts';
import { type WindowConfig, windowSettings } from './window-config.ts';

/**
 * CUBIC (RFC 9438): after a loss the window returns along a cubic curve to where it was, waits there, and then searches
 * further, by time and not by round trips; where that would be slower than Reno it grows like Reno.
 */
export class Cubic extends WindowBase {
  /** W_max, bytes. */
  #maxBytes = 0;
  /** cwnd_prior, bytes: from there on W_est grows by a whole packet per round trip. */
  #priorBytes = 0;
  /** W_est, bytes. */
  #estimateBytes = 0;
  /** K, seconds. */
  #k = 0;
  /** t_epoch; NaN: begins with the next acknowledgement. */
  #epochAt: Instant = Number.NaN;
  /** Since when the window is not used; NaN: it is. */
  #unusedSince: Instant = Number.NaN;
  /** Whether the latest epoch began without a loss found by feedback: at the window that it found (4.8, 4.10). */
  #fresh = true;

  /** What the latest decrease changed (4.9): window, threshold, W_max, cwnd_prior, W_est, K, t_epoch, freshness. */
  readonly #saved = new Float64Array(8).fill(Number.NaN);

  /** Forgets the curve: the next acknowledgement begins one at the present window. */
  protected restartCurve(): void {
    this.#fresh = true;
    this.#epochAt = Number.NaN;
    this.#unusedSince = Number.NaN;
  }

  protected override avoid(now: Instant, ackedBytes: number, _inFlightBytes: number, full: boolean): void {
    if (!full) {
      if (Number.isNaN(this.#unusedSince)) this.#unusedSince = now;
      return;
    }
    if (Number.isNaN(this.#epochAt)) this.#beginEpoch(now);
    else if (now > this.#unusedSince) this.#epochAt += now - this.#unusedSince; // 4.2: such time does not count.
    this.#unusedSince = Number.NaN;

    const packet = this.packetBytes;
    const window = this.windowBytes;
    const share = ackedBytes / window;
    this.#estimateBytes += (this.#estimateBytes >= this.#priorBytes ? 1 : CUBIC_ALPHA) * packet * share;
    const seconds = Math.max(0, now - this.#epochAt) / 1000;
    const maxPackets = this.#maxBytes / packet;
    if (cubicWindow(seconds, this.#k, maxPackets) * packet < this.#estimateBytes) {
      this.windowBytes = Math.max(window, this.#estimateBytes); // 4.3
      this.bound();
      return;
    }
    // 4.2: a round trip ahead, and at most by half in one.
    const ahead = cubicWindow(seconds + this.srttMs / 1000, this.#k, maxPackets) * packet;
    const target = Math.min(Math.max(ahead, window), 1.5 * window);
    this.windowBytes = window + (target - window) * share; // 4.4, 4.5
    this.bound();
  }

  protected override decrease(_now: Instant, _inFlightBytes: number, timeout: boolean): void {
    const saved = this.#saved;
    saved[0] = this.windowBytes;
    saved[1] = this.slowStartThresholdBytes;
    saved[2] = this.#maxBytes;
    saved[3] = this.#priorBytes;
    saved[4] = this.#estimateBytes;
    saved[5] = this.#k;
    saved[6] = this.#epochAt;
    saved[7] = this.#fresh ? 1 : 0;
    const window = this.windowBytes;
    // 4.7: a window that did not come back to where it was leaves room to others.
    this.#maxBytes = window < this.#maxBytes ? (window * (1 + CUBIC_BETA)) / 2 : window;
    this.#priorBytes = window;
    // 4.6: of the window and not of what is in flight: an unused window does not grow here, so it is what was in flight.
    this.slowStartThresholdBytes = Math.max(window * this.decreaseFactor, this.leastThresholdBytes);
    this.windowBytes = this.slowStartThresholdBytes;
    this.bound();
    this.#fresh = timeout;
    this.#epochAt = Number.NaN;
    this.#unusedSince = Number.NaN;
  }

  /** β. */
  protected get decreaseFactor(): number {
    return CUBIC_BETA;
  }

  /** RFC 9438 4.6. */
  protected get leastThresholdBytes(): number {
    return 2 * this.packetBytes;
  }

  protected override undo(_now: Instant): boolean {
    const saved = this.#saved;
    if (!(this.windowBytes < saved[0])) return false;
    this.windowBytes = saved[0];
    this.bound();
    this.slowStartThresholdBytes = saved[1];
    this.#maxBytes = saved[2];
    this.#priorBytes = saved[3];
    this.#estimateBytes = saved[4];
    this.#k = saved[5];
    this.#epochAt = saved[6];
    this.#fresh = saved[7] === 1;
    saved[0] = Number.NaN;
    return true;
  }

  override handleMtu(mtuBytes: number): void {
    if (mtuBytes !== this.packetBytes) this.#epochAt = Number.NaN; // The curve is one of packets.
    super.handleMtu(mtuBytes);
  }

  #beginEpoch(now: Instant): void {
    // 4.8, 4.10: after a timeout, or when slow start ended without a loss, the curve begins at its plateau.
    if (this.#fresh) this.#maxBytes = this.windowBytes;
    this.#fresh = false;
    this.#epochAt = now;
    this.#estimateBytes = this.windowBytes;
    this.#k = cubicK(this.#maxBytes / this.packetBytes, this.windowBytes / this.packetBytes);
  }
}

/**
 * A factory of {@link Cubic} controllers, for `sctp-dc`'s `windowController`.
 *
 * Errors: `bad-config`; the factory: `out-of-range`.
 */
export function cubic(config: WindowConfig = {}): (path: PathId, mtuBytes: number) => PacedWindowController {
  windowSettings(config);
  return (_path, mtuBytes) => new Cubic(mtuBytes, config);
}
