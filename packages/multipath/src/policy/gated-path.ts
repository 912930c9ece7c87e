import { type Instant, NEVER, type PathId } from '@hawser/wire';

/** `used` and `trial` carry packets; `checking` and `standby` do not. */
export type GateState = 'used' | 'checking' | 'standby' | 'trial';

/** Every legal change; what is absent does not happen. */
const EDGES: Readonly<Record<GateState, readonly GateState[]>> = {
  used: ['checking'],
  checking: ['used', 'standby'],
  standby: ['trial'],
  trial: ['used', 'standby'],
};

/** Time for which the most that a path delivered is remembered, ms: once to twice this. */
const PEAK_MS = 10_000;
/** What is left is much worse at this share of the goodput, and so many times the delay and so many ms. */
const MISSED_GOODPUT = 0.7;
const MISSED_DELAY_RATIO = 1.5;
const MISSED_DELAY_MS = 20;

/** One path as the do-no-harm gate sees it: the numbers of the interval, and what became of it so far. */
export class GatedPath {
  readonly path: PathId;
  state: GateState = 'used';
  /** Harmful intervals in a row, or in this trial. */
  harmful = 0;
  retryAt: Instant = NEVER;
  /** Found innocent: not suspected before. */
  immuneUntil: Instant = 0;

  packets = 0;
  delayMs = 0;
  deliveredBps = 0;
  rateBps = 0;

  readonly #firstBackoffMs: number;
  #backoffMs: number;
  /** In use without harm since. */
  #goodSince: Instant = NEVER;
  #deliveredBytes = 0;
  #peakBps = 0;
  #oldPeakBps = 0;
  #peakForMs = 0;
  /** What the session had without this path. */
  #goodputWithoutBps = 0;
  #delayWithoutMs = 0;

  constructor(path: PathId, firstBackoffMs: number) {
    this.path = path;
    this.#firstBackoffMs = firstBackoffMs;
    this.#backoffMs = firstBackoffMs;
  }

  get isOut(): boolean {
    return this.state === 'checking' || this.state === 'standby';
  }

  note(deliveredBytes: number, packets: number, p95DelayMs: number, rateBps: number): void {
    this.#deliveredBytes = finite(deliveredBytes);
    this.delayMs = finite(p95DelayMs);
    // A delay that is none is a sample of nothing.
    this.packets = this.delayMs > 0 ? finite(packets) : 0;
    this.rateBps = finite(rateBps);
  }

  measure(intervalMs: number): void {
    this.deliveredBps = intervalMs > 0 ? (this.#deliveredBytes * 8000) / intervalMs : 0;
    this.#peakForMs += intervalMs;
    if (this.#peakForMs >= PEAK_MS) {
      this.#peakForMs = 0;
      this.#oldPeakBps = this.#peakBps;
      this.#peakBps = 0;
    }
    this.#peakBps = Math.max(this.#peakBps, this.deliveredBps);
  }

  clear(): void {
    this.note(0, 0, 0, 0);
    this.deliveredBps = 0;
  }

  /** Bit/s that the path would carry alone: as it is believed to, bounded by what it was seen to. */
  aloneBps(mostBelieved: number): number {
    const peak = Math.max(this.#peakBps, this.#oldPeakBps);
    return this.rateBps > 0 ? Math.min(this.rateBps, mostBelieved * peak) : peak;
  }

  enter(next: GateState): void {
    if (EDGES[this.state].includes(next)) this.state = next;
  }

  /** Found guilty. The arguments are what the session has without it; 0 bit/s where that was not what counted. */
  standBy(now: Instant, goodputBps: number, delayMs: number): void {
    this.enter('standby');
    this.#goodputWithoutBps = goodputBps;
    this.#delayWithoutMs = delayMs;
    this.retryAt = now + this.#backoffMs;
  }

  /** Guilty again: the next trial is twice as far. */
  standByLonger(now: Instant, mostMs: number): void {
    this.#backoffMs = Math.min(mostMs, 2 * this.#backoffMs);
    this.standBy(now, this.#goodputWithoutBps, this.#delayWithoutMs);
  }

  acquit(now: Instant, mostMs: number): void {
    this.enter('used');
    this.harmful = 0;
    this.immuneUntil = now + this.#backoffMs;
    this.#backoffMs = Math.min(mostMs, 2 * this.#backoffMs);
    this.#goodSince = now;
  }

  /** The trial went well. */
  pass(now: Instant): void {
    this.enter('used');
    this.harmful = 0;
    this.#goodSince = now;
  }

  /** An interval with harm that may be this path's. */
  noteHarm(now: Instant): void {
    this.#goodSince = now;
  }

  /** An interval without. */
  endSeries(now: Instant): void {
    this.harmful = 0;
    if (this.state === 'used' && now - this.#goodSince >= this.#backoffMs) this.#backoffMs = this.#firstBackoffMs;
  }

  /** Whether the session is now much worse off than right after the path was taken out, and that is some time ago. */
  isMissed(now: Instant, goodputBps: number, delayMs: number): boolean {
    if (now < this.retryAt - this.#backoffMs / 2) return false;
    const isLate = delayMs > MISSED_DELAY_RATIO * this.#delayWithoutMs + MISSED_DELAY_MS;
    return isLate || goodputBps < MISSED_GOODPUT * this.#goodputWithoutBps;
  }
}

/** A number above 0 and below Infinity, or 0. */
function finite(value: number): number {
  return value > 0 && value < Number.POSITIVE_INFINITY ? value : 0;
}
