import type { Instant } from '@hawser/wire';

/** The rate that losses allow (draft-ietf-rmcat-gcc-02 6): above 10 % less, below 2 % more, between the two the same. */
export class LossControl {
  bps: number;
  /** Of about a second, 20 packets or more, 0 to 1. */
  lossRatio = 0;
  readonly #minBps: number;
  readonly #maxBps: number;
  #arrived = 0;
  #lost = 0;
  #windowAt: Instant = Number.NaN;
  #decreasedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(startBps: number, minBps: number, maxBps: number) {
    this.bps = startBps;
    this.#minBps = minBps;
    this.#maxBps = maxBps;
  }

  handleArrived(): void {
    this.#arrived++;
  }

  /** Lost, or marked CE on the way, which counts the same. */
  handleLost(packets: number): void {
    this.#lost += packets;
  }

  /**
   * A report ended.
   *
   * @param targetBps what is sent at: a decrease starts from there
   * @param limitBps not to be increased beyond
   * @returns whether the rate was decreased
   */
  update(now: Instant, targetBps: number, limitBps: number, rttMs: number): boolean {
    if (Number.isNaN(this.#windowAt)) this.#windowAt = now;
    const count = this.#arrived + this.#lost;
    if (count < MIN_PACKETS) return false;
    const elapsed = now - this.#windowAt;
    const ratio = this.#lost / count;
    // Few packets say little of a share: to act before a second is over, one has to be sure that it is above 10 %.
    const doubt = (elapsed < WINDOW_MS ? 1.5 : 1) * Math.sqrt(this.#lost);
    const much = this.#lost - doubt > MUCH * count || (ratio > MUCH && elapsed >= LONGEST_WINDOW_MS);
    if (!much && (elapsed < WINDOW_MS || (ratio > MUCH && elapsed < LONGEST_WINDOW_MS))) return false;
    this.lossRatio = ratio;
    this.#arrived = 0;
    this.#lost = 0;
    this.#windowAt = now;
    if (ratio < LITTLE) {
      // The draft's 5 % are for one report a second, on top of what the delay allows; libwebrtc has 8 % a second.
      const grown = this.bps * 1.08 ** (Math.min(elapsed, LONGEST_WINDOW_MS) / 1000);
      this.set(Math.max(this.bps, Math.min(grown, limitBps)));
    }
    if (!much || now - this.#decreasedAt < DECREASE_INTERVAL_MS + rttMs) return false;
    this.#decreasedAt = now;
    this.set(Math.min(this.bps, targetBps) * (1 - 0.5 * ratio));
    return true;
  }

  set(bps: number): void {
    this.bps = Math.min(Math.max(bps, this.#minBps), this.#maxBps);
  }
}

const MIN_PACKETS = 20;
const LITTLE = 0.02;
const MUCH = 0.1;
/** A report of the draft's receiver tells of so long. */
const WINDOW_MS = 1000;
const LONGEST_WINDOW_MS = 3000;
const DECREASE_INTERVAL_MS = 300;
