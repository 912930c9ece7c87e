import type { Instant, PathId } from '@hawser/wire';
import { GatedPath } from './gated-path.ts';

/** When a path counts as harmful. All fields have defaults. */
export interface DoNoHarmConfig {
  /** Goodput of the session that is harm, as a share of what the best path would carry alone. Default 0.98. */
  goodputRatio: number;
  /** A path's p95 delay that is harm: more than so many times the best path's … Default 1.2. */
  delayRatio: number;
  /** … and so many milliseconds. Default 10. */
  delayMs: number;
  /** Harmful intervals in a row before a path is taken out, and intervals that a change is then judged by. Default 3. */
  intervals: number;
  /** Packets that a path must have delivered in an interval to be judged by it. Default 10. */
  leastPackets: number;
  /** First time a path is kept out before it is tried again, ms; doubled each time. Default 2 000. */
  firstBackoffMs: number;
  /** Longest, ms. Default 60 000. */
  lastBackoffMs: number;
}

const DEFAULTS: DoNoHarmConfig = {
  goodputRatio: 0.98,
  delayRatio: 1.2,
  delayMs: 10,
  intervals: 3,
  leastPackets: 10,
  firstBackoffMs: 2000,
  lastBackoffMs: 60_000,
};

/** A path with less than this share of the packets does not move the session's p95. */
const LEAST_SHARE = 0.05;
/** A path is not believed to carry more than so many times what it was seen to. */
const MOST_BELIEVED = 1.5;
/** Improvement by which a path that was taken out is found guilty. */
const BETTER = 0.02;
/** Part of the goodput that must be left without a path that was only late. */
const NEEDED = 0.9;
/** A check or a trial in which too little is sent to judge by ends after this, ms. */
const MOST_UNJUDGED_MS = 10_000;

/**
 * Keeps a path out of use while using it makes things worse than the best single path would be; a judge of numbers, called
 * at regular intervals (half a second, say).
 *
 * 1. **Suspicion.** While packets wait (`isBacklogged`) goodput is what counts: when all paths together deliver less than
 *    0.98 of what the best of them would carry alone, the one with the greatest p95 delay is suspected, since it is what
 *    others wait for. Otherwise delay counts: a path with 5 % of the packets or more, whose p95 delay is over 1.2 times the best
 *    path's + 10 ms, is suspected, as long as the best could carry the load alone.
 * 2. **Check.** After three such intervals in a row it is taken out, and the next three intervals are compared with those
 *    three, median with median. Where goodput or delay did not get 2 % better, or delay did at the cost of a tenth of the
 *    goodput, the path was innocent: it is used again, and not suspected for the time of its back-off.
 * 3. **Trial.** A guilty one is tried again after 2 s, then 4 s, up to 60 s, or after half of that when what is left gets much worse. If
 *    three intervals pass without harm it is in use again; its back-off is forgotten after as long a time without harm.
 *
 * One path changes at a time, so that effects have one cause. The first interval after a change is not judged. The gate
 * never takes out the only path.
 */
export class DoNoHarmGate {
  readonly #config: DoNoHarmConfig;
  readonly #paths: GatedPath[] = [];
  /** The path that is being checked or tried. */
  #subject: GatedPath | undefined;
  #beganAt: Instant = 0;
  #isSettling = false;
  /** Goodput and delay in the intervals that led to a check, and whether goodput was what counted. */
  #beforeBps: number[] = [];
  #beforeMs: number[] = [];
  #byGoodput = false;
  /** Both, in the intervals since. */
  #sinceBps: number[] = [];
  #sinceMs: number[] = [];
  /** Decisions so far. */
  readonly counters = { takenOut: 0, innocent: 0, tried: 0, passed: 0 };

  constructor(config: Partial<DoNoHarmConfig> = {}) {
    this.#config = { ...DEFAULTS, ...config };
  }

  /** Whether `path` is to carry nothing but copies now. */
  isHarmful(path: PathId): boolean {
    for (const one of this.#paths) if (one.path === path) return one.isOut;
    return false;
  }

  /**
   * One path's numbers of the interval that is about to end. A path that is not told of in an interval is not in use.
   *
   * @param deliveredBytes newly delivered by it, copies and retransmissions not counted
   * @param packets samples of its delay
   * @param p95DelayMs their 95th percentile
   * @param rateBps what the path is believed to carry alone; 0 = unknown
   */
  note(path: PathId, deliveredBytes: number, packets: number, p95DelayMs: number, rateBps: number): void {
    let one = this.#paths.find((known) => known.path === path);
    if (one === undefined) {
      one = new GatedPath(path, this.#config.firstBackoffMs);
      this.#paths.push(one);
    }
    one.note(deliveredBytes, packets, p95DelayMs, rateBps);
  }

  /** The interval is over. True when the set of paths to use has changed. */
  handleInterval(now: Instant, intervalMs: number, isBacklogged: boolean): boolean {
    for (const one of this.#paths) one.measure(intervalMs);
    const changed = this.#judge(now, isBacklogged);
    for (const one of this.#paths) one.clear();
    return changed;
  }

  /** The path is gone; its number will name another. */
  forget(path: PathId): void {
    const at = this.#paths.findIndex((one) => one.path === path);
    if (at < 0) return;
    if (this.#subject === this.#paths[at]) this.#subject = undefined;
    this.#paths.splice(at, 1);
  }

  #judge(now: Instant, isBacklogged: boolean): boolean {
    if (this.#isSettling) {
      this.#isSettling = false;
      return false;
    }
    let goodputBps = 0;
    let packets = 0;
    for (const one of this.#paths) {
      goodputBps += one.deliveredBps;
      packets += one.packets;
    }
    const best = isBacklogged ? this.#widest() : this.#quickest(goodputBps);
    if (best === undefined) return this.#conclude(now) || this.#retry(now, isBacklogged);
    const delayMs = this.#sessionDelay(packets);
    const culprit = isBacklogged ? this.#slowest(best, goodputBps) : this.#latest(best, packets);
    const subject = this.#subject;
    if (subject === undefined) {
      for (const one of this.#paths) if (one !== culprit) one.endSeries(now);
      if (culprit !== undefined && this.#suspect(now, culprit, isBacklogged, goodputBps, delayMs)) return true;
      return this.#retry(now, isBacklogged);
    }
    this.#sinceBps.push(goodputBps);
    this.#sinceMs.push(delayMs);
    if (subject.state === 'trial') return this.#try(now, subject, culprit);
    if (this.#sinceBps.length < this.#config.intervals) return false;
    this.#subject = undefined;
    if (this.#isBetter(isBacklogged)) {
      subject.standBy(now, isBacklogged ? median(this.#sinceBps) : 0, median(this.#sinceMs));
      return false;
    }
    this.counters.innocent++;
    subject.acquit(now, this.#config.lastBackoffMs);
    this.#isSettling = true;
    return true;
  }

  /** Whether things got better without the path. Traffic of another kind than before cannot tell: it stays suspected. */
  #isBetter(isBacklogged: boolean): boolean {
    if (this.#byGoodput !== isBacklogged) return true;
    const ratio = median(this.#sinceBps) / median(this.#beforeBps);
    if (isBacklogged) return ratio > 1 + BETTER;
    // A path without which much less gets through was needed, late as it is.
    return ratio > NEEDED && median(this.#sinceMs) < median(this.#beforeMs) * (1 - BETTER);
  }

  /** Counts harmful intervals in a row; takes the path out after enough of them. */
  #suspect(now: Instant, culprit: GatedPath, byGoodput: boolean, goodputBps: number, delayMs: number): boolean {
    culprit.noteHarm(now);
    if (now < culprit.immuneUntil) return false;
    if (culprit.harmful === 0 || this.#byGoodput !== byGoodput) {
      this.#beforeBps = [];
      this.#beforeMs = [];
      this.#byGoodput = byGoodput;
      culprit.harmful = 0;
    }
    this.#beforeBps.push(goodputBps);
    this.#beforeMs.push(delayMs);
    culprit.harmful++;
    if (culprit.harmful < this.#config.intervals) return false;
    culprit.enter('checking');
    this.counters.takenOut++;
    this.#begin(now, culprit);
    return true;
  }

  #try(now: Instant, subject: GatedPath, culprit: GatedPath | undefined): boolean {
    if (culprit === subject && ++subject.harmful >= 2) {
      this.#subject = undefined;
      subject.standByLonger(now, this.#config.lastBackoffMs);
      this.#isSettling = true;
      return true;
    }
    if (this.#sinceBps.length < this.#config.intervals + subject.harmful) return false;
    this.#subject = undefined;
    this.counters.passed++;
    subject.pass(now);
    return false;
  }

  /** Too little is sent to judge by: what cannot be found guilty is used. */
  #conclude(now: Instant): boolean {
    const subject = this.#subject;
    if (subject === undefined || now < this.#beganAt + MOST_UNJUDGED_MS) return false;
    this.#subject = undefined;
    if (subject.state === 'trial') {
      this.counters.passed++;
      subject.pass(now);
      return false;
    }
    this.counters.innocent++;
    subject.acquit(now, this.#config.lastBackoffMs);
    return true;
  }

  /** The path whose time has come, or any where what is left got much worse, is tried. */
  #retry(now: Instant, isBacklogged: boolean): boolean {
    if (this.#subject !== undefined) return false;
    let goodputBps = 0;
    let delayMs = 0;
    for (const one of this.#paths) {
      goodputBps += one.deliveredBps;
      if (!one.isOut) delayMs = Math.max(delayMs, one.delayMs);
    }
    for (const one of this.#paths) {
      if (one.state !== 'standby') continue;
      if (now < one.retryAt && !one.isMissed(now, isBacklogged ? goodputBps : Number.POSITIVE_INFINITY, delayMs))
        continue;
      one.enter('trial');
      this.counters.tried++;
      this.#begin(now, one);
      return true;
    }
    return false;
  }

  #begin(now: Instant, subject: GatedPath): void {
    this.#beganAt = now;
    subject.harmful = 0;
    this.#subject = subject;
    this.#sinceBps = [];
    this.#sinceMs = [];
    this.#isSettling = true;
  }

  /** The path that would carry the most alone. */
  #widest(): GatedPath | undefined {
    let best: GatedPath | undefined;
    for (const one of this.#paths) {
      if (one.isOut || one.packets < this.#config.leastPackets) continue;
      if (best === undefined || one.aloneBps(MOST_BELIEVED) > best.aloneBps(MOST_BELIEVED)) best = one;
    }
    return best;
  }

  /** The path with the least delay of those that could carry the load alone. */
  #quickest(loadBps: number): GatedPath | undefined {
    let best: GatedPath | undefined;
    for (const one of this.#paths) {
      if (one.isOut || one.packets < this.#config.leastPackets) continue;
      if (one.rateBps > 0 && one.rateBps * this.#config.goodputRatio < loadBps) continue;
      if (best === undefined || one.delayMs < best.delayMs) best = one;
    }
    return best;
  }

  /** Where goodput suffers: the path that the others wait for. */
  #slowest(best: GatedPath, goodputBps: number): GatedPath | undefined {
    if (goodputBps >= best.aloneBps(MOST_BELIEVED) * this.#config.goodputRatio) return undefined;
    let worst: GatedPath | undefined;
    for (const one of this.#paths) {
      if (one === best || one.isOut || one.packets === 0) continue;
      if (worst === undefined || one.delayMs > worst.delayMs) worst = one;
    }
    return worst;
  }

  /** Where delay suffers: the path with the greatest, if it is too great and moves the session's. */
  #latest(best: GatedPath, packets: number): GatedPath | undefined {
    let worst: GatedPath | undefined;
    for (const one of this.#paths) {
      if (one === best || one.isOut || one.packets < Math.max(this.#config.leastPackets, LEAST_SHARE * packets))
        continue;
      if (worst === undefined || one.delayMs > worst.delayMs) worst = one;
    }
    if (worst === undefined) return undefined;
    return worst.delayMs > this.#config.delayRatio * best.delayMs + this.#config.delayMs ? worst : undefined;
  }

  /** The session's p95 delay: that of the latest path which moves it. */
  #sessionDelay(packets: number): number {
    let delayMs = 0;
    for (const one of this.#paths) if (one.packets >= LEAST_SHARE * packets) delayMs = Math.max(delayMs, one.delayMs);
    return delayMs;
  }
}

/** The middle one: a single interval out of line decides nothing. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
