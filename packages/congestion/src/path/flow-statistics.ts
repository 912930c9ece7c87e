/** Numbers of RFC 8382 2.2; `p_l` is not given there, 5 % is ours. */
export const SBD = {
  T: 350,
  N: 50,
  M: 30,
  F: 20,
  cS: 0.1,
  cH: 0.3,
  pL: 0.05,
  pF: 0.1,
  pMad: 0.1,
  pS: 0.15,
  pD: 0.1,
  pV: 0.7,
};

/**
 * What RFC 8382 keeps of one path: the shape of its delays over the latest intervals of T = 350 ms. Names are those of
 * section 3.2.
 */
export class FlowStatistics {
  skewEst = 0;
  varEst = 0;
  freqEst = 0;
  pktLoss = 0;
  /** PB: whether the path is at a bottleneck, with hysteresis (3.3.1, step 1). */
  bottleneck = false;
  /** Intervals with samples so far. */
  intervals = 0;

  // The current interval.
  #sum = 0;
  #count = 0;
  #lost = 0;
  #skewBase = 0;
  #varBase = 0;
  /** Newest at `#at - 1`, in rings. */
  readonly #means = new Float64Array(SBD.M);
  readonly #skewBases = new Float64Array(SBD.M);
  readonly #varBases = new Float64Array(SBD.M);
  /** As `#varBases`, of intervals without a bottleneck, too. */
  readonly #deviations = new Float64Array(SBD.M);
  readonly #counts = new Float64Array(SBD.M);
  readonly #crossings = new Uint8Array(SBD.N);
  readonly #losts = new Float64Array(SBD.N);
  readonly #totals = new Float64Array(SBD.N);
  #meanDelay = Number.NaN;
  #lastMean = Number.NaN;
  /** Side of the mean on which the latest significant crossing ended: 1, -1; 0: none yet. */
  #side = 0;
  /** Delays are kept relative to the first, for their precision. */
  #originMs = Number.NaN;

  /** One packet took `owdMs`, whatever the clocks' zeros are. */
  handleDelay(owdMs: number): void {
    if (Number.isNaN(this.#originMs)) this.#originMs = owdMs;
    const owd = owdMs - this.#originMs;
    this.#sum += owd;
    this.#count++;
    if (owd < this.#meanDelay) this.#skewBase++;
    else if (owd > this.#meanDelay) this.#skewBase--;
    if (!Number.isNaN(this.#lastMean)) this.#varBase += Math.abs(owd - this.#lastMean);
  }

  handleLost(): void {
    this.#lost++;
  }

  /** The interval ends; without arrivals it goes on, since it has no delay. */
  endInterval(): void {
    const at = this.intervals % SBD.M;
    const longAt = this.intervals % SBD.N;
    if (this.#count === 0) return;
    const mean = this.#sum / this.#count;
    this.#means[at] = mean;
    this.#skewBases[at] = this.#skewBase;
    this.#counts[at] = this.#count;
    this.#losts[longAt] = this.#lost;
    this.#totals[longAt] = this.#lost + this.#count;
    this.intervals++;
    this.skewEst = this.#weighted(this.#skewBases);
    this.pktLoss = total(this.#losts) / Math.max(1, total(this.#totals));
    this.#deviations[at] = this.#varBase;
    // 3.3.1, step 1. The first interval has no mean to be skewed against. A delay that hardly varies is no queue: symmetric
    // jitter is not skewed either.
    const limit = this.bottleneck ? SBD.cH : SBD.cS;
    const queued = this.skewEst < limit && this.#weighted(this.#deviations) >= LEAST_MAD_MS;
    this.bottleneck = this.intervals > 1 && (queued || this.pktLoss > SBD.pL);
    // 4.2: the noise of a path without a bottleneck is not part of its shape.
    this.#varBases[at] = this.bottleneck ? this.#varBase : Number.NaN;
    this.varEst = this.#weighted(this.#varBases);
    this.#crossings[longAt] = this.bottleneck && this.#crosses(mean) ? 1 : 0;
    this.freqEst = total(this.#crossings) / SBD.N;
    this.#lastMean = mean;
    this.#meanDelay = total(this.#means) / Math.min(this.intervals, SBD.M);
    this.#sum = 0;
    this.#count = 0;
    this.#lost = 0;
    this.#skewBase = 0;
    this.#varBase = 0;
  }

  /** 3.2.4: whether the mean of the interval is beyond p_v · var_est on the other side than the latest that was. */
  #crosses(mean: number): boolean {
    const distance = mean - this.#meanDelay;
    if (!(Math.abs(distance) > SBD.pV * this.varEst)) return false;
    const side = Math.sign(distance);
    const crossed = this.#side !== 0 && side !== this.#side;
    this.#side = side;
    return crossed;
  }

  /** 4.1: per sample, the latest F intervals at full weight, then declining; NaN records do not count. */
  #weighted(values: Float64Array): number {
    let sum = 0;
    let samples = 0;
    const known = Math.min(this.intervals, SBD.M);
    for (let age = 0; age < known; age++) {
      const i = (this.intervals - 1 - age) % SBD.M;
      if (Number.isNaN(values[i])) continue;
      const weight = age < SBD.F ? SBD.M - SBD.F + 1 : SBD.M - age;
      sum += weight * values[i];
      samples += weight * this.#counts[i];
    }
    return samples > 0 ? sum / samples : 0;
  }
}

/** Ours. */
const LEAST_MAD_MS = 2;

function total(values: Float64Array | Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}
