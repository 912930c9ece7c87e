import type { Instant } from '@hawser/wire';
import { LinkCapacity } from './link-capacity.ts';
import type { Usage } from './overuse-detector.ts';

/** The states of draft-ietf-rmcat-gcc-02 5.5. */
export type RateState = 'increase' | 'hold' | 'decrease';

/** Where a signal leads: the table of 5.5, whose blanks are the state itself. */
const NEXT: Readonly<Record<Usage, Readonly<Record<RateState, RateState>>>> = {
  overuse: { hold: 'decrease', increase: 'decrease', decrease: 'decrease' },
  normal: { hold: 'increase', increase: 'increase', decrease: 'hold' },
  underuse: { hold: 'hold', increase: 'hold', decrease: 'hold' },
};

/** The rate that the delay allows: 8 % more a second far from the limit, half a packet per response time near it, 0.85 back. */
export class RateControl {
  bps: number;
  state: RateState = 'increase';
  readonly capacity = new LinkCapacity();
  readonly #minBps: number;
  readonly #maxBps: number;
  #changedAt: Instant = Number.NaN;
  #decreasedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(startBps: number, minBps: number, maxBps: number) {
    this.bps = startBps;
    this.#minBps = minBps;
    this.#maxBps = maxBps;
  }

  /**
   * @param ackedBps what arrives, bit/s; NaN while unknown
   * @returns whether the rate was decreased
   */
  update(now: Instant, usage: Usage, ackedBps: number, rttMs: number): boolean {
    if (Number.isNaN(this.#changedAt)) this.#changedAt = now;
    this.state = NEXT[usage][this.state];
    let decreased = false;
    if (this.state === 'decrease') {
      if (!this.#mayReduce(now, ackedBps, rttMs)) return false;
      decreased = this.#decrease(now, ackedBps);
      this.state = 'hold';
    } else if (this.state === 'increase') this.#increase(now, ackedBps, rttMs);
    this.#changedAt = now;
    return decreased;
  }

  /** A probe, or the end of silence, says that it is this. */
  set(now: Instant, bps: number): void {
    this.bps = this.#bounded(bps);
    this.#changedAt = now;
  }

  #mayReduce(now: Instant, ackedBps: number, rttMs: number): boolean {
    // Once per response: what was sent before the reduction still tells of the overuse.
    return now - this.#decreasedAt >= Math.min(Math.max(rttMs, 10), 200) || ackedBps < 0.5 * this.bps;
  }

  #decrease(now: Instant, ackedBps: number): boolean {
    this.#decreasedAt = now;
    // Nothing is known to arrive: half.
    if (Number.isNaN(ackedBps)) {
      this.bps = this.#bounded(this.bps / 2);
      return true;
    }
    if (ackedBps < this.capacity.lowerBps) this.capacity.reset();
    let reduced = BETA * ackedBps;
    if (reduced > this.bps && this.capacity.known) reduced = BETA * this.capacity.bps;
    if (ackedBps < this.bps) this.capacity.add(ackedBps);
    if (reduced >= this.bps) return false;
    this.bps = this.#bounded(reduced);
    return true;
  }

  #increase(now: Instant, ackedBps: number, rttMs: number): void {
    const elapsed = Math.min(Math.max(0, now - this.#changedAt), 1000);
    if (ackedBps > this.capacity.upperBps) this.capacity.reset();
    const grown = this.capacity.known
      ? this.bps + Math.max(MIN_INCREASE_BPS_PER_S, packetBits(this.bps) / ((rttMs + 100) / 1000)) * (elapsed / 1000)
      : this.bps * 1.08 ** (elapsed / 1000);
    // A_hat < 1.5 · R_hat: what is not used is not known to be there.
    const limit = Number.isNaN(ackedBps) ? this.#maxBps : 1.5 * ackedBps + 10_000;
    this.bps = this.#bounded(Math.max(this.bps, Math.min(grown, limit)));
  }

  #bounded(bps: number): number {
    return Math.min(Math.max(bps, this.#minBps), this.#maxBps);
  }
}

/** Bits of an average packet at 30 frames a second (5.5). */
function packetBits(bps: number): number {
  const frame = bps / 30;
  return frame / Math.ceil(frame / 9600);
}

const BETA = 0.85;
const MIN_INCREASE_BPS_PER_S = 4000;
