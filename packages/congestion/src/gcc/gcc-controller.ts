import { type Instant, NEVER } from '@hawser/wire';
import { isClock } from '../clock.ts';
import { CongestionError } from '../errors.ts';
import { ProbeEstimator } from '../probe/probe-estimator.ts';
import { type Probe, ProbePlanner } from '../probe/probe-planner.ts';
import { AckedRate } from './acked-rate.ts';
import { type GccConfig, type GccCounters, gccSettings } from './gcc-config.ts';
import { InterArrival } from './inter-arrival.ts';
import { LossControl } from './loss-control.ts';
import { OveruseDetector, type Usage } from './overuse-detector.ts';
import { RateControl } from './rate-control.ts';
import { SendRate } from './send-rate.ts';
import { Trendline } from './trendline.ts';

/**
 * Google congestion control of one path, at the sender (draft-ietf-rmcat-gcc-02, with libwebrtc's trend line): how many bit/s
 * of media may leave, from what a receiver reports of each packet. Transport-wide feedback and RFC 8888 reports are the
 * same to it. A packet that left on two paths is a sample of neither: do not tell of it.
 *
 * Per report: `handleArrived` or `handleMissing` for each packet in the order they were sent, then `handleReportEnd`. Allocates
 * nothing per packet. `now` never goes back; whatever a receiver claims, the rate stays a number within its bounds.
 */
export class GccController {
  readonly counters: GccCounters = {
    arrived: 0,
    missing: 0,
    ecnMarked: 0,
    reports: 0,
    delayDecreases: 0,
    lossDecreases: 0,
    timeouts: 0,
    probes: 0,
    probesRaised: 0,
    ignored: 0,
    unsent: 0,
    untimed: 0,
  };
  readonly #interArrival = new InterArrival();
  readonly #trendline = new Trendline();
  readonly #detector = new OveruseDetector();
  readonly #acked = new AckedRate();
  readonly #sent = new SendRate();
  readonly #delay: RateControl;
  readonly #loss: LossControl;
  readonly #planner: ProbePlanner | undefined;
  /** Clusters whose results are awaited. */
  readonly #probes: ProbeEstimator[] = [];
  readonly #minBps: number;
  readonly #maxBps: number;
  /** Best result of a probe since the latest report. */
  #probedBps = 0;
  /** What the latest probe found, and when. */
  #foundBps = 0;
  #foundAt: Instant = Number.NEGATIVE_INFINITY;
  #srttMs = 200;
  #targetBps: number;
  /** Whether the peer says when packets arrived. */
  #timed = false;
  #outstandingBytes = 0;
  /** First packet that left since the latest report; NaN: none did. */
  #unheardSince: Instant = Number.NaN;

  /** Errors: `bad-config`. */
  constructor(config: GccConfig = {}) {
    const { startBps, minBps, maxBps, probing } = gccSettings(config);
    this.#delay = new RateControl(startBps, minBps, maxBps);
    this.#loss = new LossControl(startBps, minBps, maxBps);
    this.#targetBps = startBps;
    this.#minBps = minBps;
    this.#maxBps = maxBps;
    this.#planner = probing ? new ProbePlanner(startBps, maxBps) : undefined;
  }

  /** What may be sent, bit/s, all of it: media, repair, headers as the caller counts bytes. */
  get targetBps(): number {
    return this.#targetBps;
  }

  /** At which packets should leave, bit/s: 2.5 times the target, so that a frame does not wait for the next. */
  get pacingBps(): number {
    return 2.5 * this.#targetBps;
  }

  /** What the delay says of the bottleneck. */
  get usage(): Usage {
    return this.#detector.usage;
  }

  /** Share of packets lost or marked in the latest second or so, 0 to 1. */
  get lossRatio(): number {
    return this.#loss.lossRatio;
  }

  /** What arrives, bit/s; NaN while unknown. Never above what was sent. */
  get ackedBps(): number {
    return Math.min(this.#acked.bps, this.#sent.peakBps);
  }

  /** Whether the application sends less than 0.65 of what it may. */
  get applicationLimited(): boolean {
    return this.#sent.unused;
  }

  /**
   * A packet leaves on this path, and on no other.
   *
   * @param probe id of the cluster it is part of
   */
  handleSent(now: Instant, bytes: number, probe = 0): void {
    if (!this.#isSize(bytes) || !isClock(now)) {
      this.counters.ignored++;
      return;
    }
    this.#outstandingBytes += bytes;
    this.#sent.add(now, bytes, this.#targetBps);
    if (Number.isNaN(this.#unheardSince)) this.#unheardSince = now;
    if (probe === 0) return;
    for (const one of this.#probes) if (one.id === probe) one.handleSent(now, bytes);
  }

  /**
   * The peer has the packet.
   *
   * @param arrivalMs on the peer's clock, whose zero is unknown; NaN where the peer did not say
   */
  handleArrived(now: Instant, sentAt: Instant, arrivalMs: number, bytes: number): void {
    if (!this.#isSize(bytes) || !(sentAt <= now) || !isClock(sentAt) || !isClock(now)) {
      this.counters.ignored++;
      return;
    }
    if (bytes > this.#outstandingBytes) {
      this.counters.unsent++;
      return;
    }
    this.#outstandingBytes -= bytes;
    this.counters.arrived++;
    this.#loss.handleArrived();
    if (!isClock(arrivalMs)) {
      this.counters.untimed++;
      if (!this.#timed) this.#acked.add(now, bytes, this.#sent.unused);
      return;
    }
    this.#timed = true;
    this.#acked.add(arrivalMs, bytes, this.#sent.unused);
    const interArrival = this.#interArrival;
    if (interArrival.handle(now, sentAt, arrivalMs)) {
      const { sendDeltaMs } = interArrival;
      const trendline = this.#trendline;
      trendline.update(arrivalMs, interArrival.arrivalDeltaMs - sendDeltaMs);
      this.#detector.update(now, trendline.slope, sendDeltaMs, trendline.count);
    }
    if (this.#probes.length > 0) this.#handleProbed(sentAt, arrivalMs, bytes);
  }

  /** A report named the packet and did not have it. `handleArrived` may still follow. */
  handleMissing(now: Instant, sentAt: Instant, bytes: number): void {
    if (!this.#isSize(bytes) || !(sentAt <= now)) {
      this.counters.ignored++;
      return;
    }
    this.counters.missing++;
    this.#loss.handleLost(1);
  }

  /** So many packets that arrived were marked CE (RFC 8888 3.1): they count as lost, in the loss-based part only. */
  handleEcn(_now: Instant, ceCount: number): void {
    if (!(ceCount >= 0 && ceCount <= MAX_MARKED)) {
      this.counters.ignored++;
      return;
    }
    this.counters.ecnMarked += ceCount;
    this.#loss.handleLost(ceCount);
  }

  /**
   * A report ended: the target follows.
   *
   * @param srttMs smoothed round-trip time of the path; 0 while unknown
   */
  handleReportEnd(now: Instant, srttMs: number): void {
    if (!isClock(now)) {
      this.counters.ignored++;
      return;
    }
    this.counters.reports++;
    this.#unheardSince = Number.NaN;
    if (srttMs > 0 && srttMs <= MAX_RTT_MS) this.#srttMs = srttMs;
    this.#sent.update(now, this.#targetBps);
    const before = this.#targetBps;
    const acked = this.ackedBps;
    const usage = this.#detector.usage;
    // What arrives follows a probe's result later; a decrease before that starts from the result.
    const carried = now - this.#foundAt < SETTLE_MS + this.#srttMs ? Math.max(acked, this.#foundBps) : acked;
    if (this.#timed && this.#delay.update(now, usage, carried, this.#srttMs)) this.counters.delayDecreases++;
    const limit = Number.isNaN(acked) ? this.#maxBps : 1.5 * acked + 10_000;
    if (this.#loss.update(now, before, limit, this.#srttMs)) this.counters.lossDecreases++;
    if (this.#probedBps > before && usage !== 'overuse') {
      this.counters.probesRaised++;
      this.#raise(now, this.#probedBps);
    }
    this.#probedBps = 0;
    this.#retarget(now);
  }

  /** When `handleTimeout` is to be called. */
  pollTimeout(): Instant {
    return Number.isNaN(this.#unheardSince) ? NEVER : this.#unheardSince + Math.max(SILENCE_MS, 4 * this.#srttMs);
  }

  /** Halves the rate when reports stay away, for a second or four round trips, though packets left. */
  handleTimeout(now: Instant): void {
    if (!(now >= this.pollTimeout())) return;
    this.counters.timeouts++;
    this.#unheardSince = now;
    const half = Math.max(this.#targetBps / 2, this.#minBps);
    this.#delay.set(now, half);
    this.#loss.set(half);
    this.#retarget(now);
  }

  /**
   * The application would send `bps` if it might: no probe looks for more than twice that, so that a call that is audio only does
   * not fill the path with probes. Until it is told, up to `maxBps`.
   *
   * Errors: `out-of-range`.
   */
  handleDemand(bps: number): void {
    if (!(bps > 0)) throw new CongestionError('out-of-range', `a demand is above 0 bit/s, not ${bps}`);
    if (this.#planner !== undefined) this.#planner.limitBps = Math.min(2 * bps, this.#maxBps);
  }

  /** A cluster to send now, at its own rate and beside what is due: padding, retransmissions or copies; undefined: none. */
  pollProbe(now: Instant): Probe | undefined {
    if (this.#planner === undefined) return undefined;
    this.#sent.update(now, this.#targetBps);
    const probe = this.#planner.poll(now, this.#targetBps, this.#sent.unused, this.usage === 'normal');
    if (probe === undefined) return undefined;
    this.counters.probes++;
    if (this.#probes.length >= MAX_PROBES) this.#probes.shift();
    this.#probes.push(new ProbeEstimator(probe));
    return probe;
  }

  /** When `pollProbe` should be asked next. */
  pollProbeTimeout(now: Instant): Instant {
    return this.#planner?.nextAt(now, this.#targetBps, this.#sent.unused) ?? NEVER;
  }

  #handleProbed(sentAt: Instant, arrivalMs: number, bytes: number): void {
    for (let i = 0; i < this.#probes.length; i++) {
      const one = this.#probes[i];
      const found = one.handleArrived(sentAt, arrivalMs, bytes);
      if (!(found > 0)) continue;
      this.#probes.splice(i--, 1);
      const bounded = Math.min(found, one.probeBps);
      this.#probedBps = Math.max(this.#probedBps, bounded);
      this.#planner?.handleResult(one.probeBps, bounded);
    }
  }

  #raise(now: Instant, bps: number): void {
    this.#foundBps = bps;
    this.#foundAt = now;
    this.#acked.expectChange();
    this.#delay.set(now, bps);
    if (this.#loss.bps < bps) this.#loss.set(bps);
  }

  #retarget(now: Instant): void {
    const before = this.#targetBps;
    this.#targetBps = this.#timed ? Math.min(this.#delay.bps, this.#loss.bps) : this.#loss.bps;
    if (this.#targetBps < before) this.#planner?.handleFall(now, before, this.#targetBps);
  }

  #isSize(bytes: number): boolean {
    return bytes > 0 && bytes <= 65_535;
  }
}

const SILENCE_MS = 1000;
/** Until the acknowledged rate has followed a leap of the target. */
const SETTLE_MS = 500;
const MAX_RTT_MS = 60_000;
const MAX_PROBES = 4;
const MAX_MARKED = 65_535;
