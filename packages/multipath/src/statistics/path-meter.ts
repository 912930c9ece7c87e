import type { Instant } from '@hawser/wire';
import { DelayHistogram } from './delay-histogram.ts';
import { Traffic } from './traffic.ts';

/** Time for which the least delay is remembered, ms: once to twice this. */
const LEAST_MS = 10_000;

/** Part of the old rate that a new measurement leaves. */
const KEEP = 0.5;

/** What one path carried, and what became of it, by the feedback of the layers above. */
export class PathMeter {
  /** What left. */
  readonly traffic = new Traffic();
  deliveredBytes = 0;
  lostBytes = 0;
  /** Second copies that came by this path, and packets behind the replay window. */
  duplicatesReceived = 0;
  lateReceived = 0;
  /** Bit/s that left over the last intervals. */
  sendBps = 0;
  /** Bit/s that feedback told of over the last intervals. */
  deliveryBps = 0;
  /** Least round trip that any check measured, ms; 0 while unknown. */
  rttMinMs = 0;
  /** How much earlier than the newest known arrival a packet was sent that arrived after it, ms: the most. */
  reorderExtentMs = 0;
  /** From sending to knowing of the arrival, smoothed as RFC 6298 2 does, and its mean deviation, ms; 0 while unknown. */
  feedbackMs = 0;
  feedbackVarMs = 0;
  #leastMs = Number.POSITIVE_INFINITY;
  #leastBeforeMs = Number.POSITIVE_INFINITY;
  #leastSince: Instant = Number.NEGATIVE_INFINITY;
  /** From sending to knowing of the arrival. */
  readonly delays = new DelayHistogram();
  /** The same since `restartInterval`. */
  readonly interval = { deliveredBytes: 0, delays: new DelayHistogram() };
  #newestArrivedSentAt: Instant = Number.NEGATIVE_INFINITY;
  #measuredAt: Instant;
  #sentBefore = 0;
  #deliveredBefore = 0;

  constructor(now: Instant) {
    this.#measuredAt = now;
  }

  /** The least time from sending to knowing of the arrival lately, ms: without queues; 0 while unknown. */
  get feedbackLeastMs(): number {
    const least = Math.min(this.#leastMs, this.#leastBeforeMs);
    return least < Number.POSITIVE_INFINITY ? least : 0;
  }

  noteDuplicateReceived(): void {
    this.duplicatesReceived++;
  }

  noteLateReceived(): void {
    this.lateReceived++;
  }

  handleArrived(now: Instant, sentAt: Instant): void {
    this.#smooth(now - sentAt);
    if (now - this.#leastSince > LEAST_MS) {
      this.#leastSince = now;
      this.#leastBeforeMs = this.#leastMs;
      this.#leastMs = Number.POSITIVE_INFINITY;
    }
    this.#leastMs = Math.min(this.#leastMs, now - sentAt);
    this.delays.record(now - sentAt);
    this.interval.delays.record(now - sentAt);
    if (sentAt >= this.#newestArrivedSentAt) this.#newestArrivedSentAt = sentAt;
    else this.reorderExtentMs = Math.max(this.reorderExtentMs, this.#newestArrivedSentAt - sentAt);
  }

  handleDelivered(bytes: number): void {
    this.deliveredBytes += bytes;
    this.interval.deliveredBytes += bytes;
  }

  restartInterval(): void {
    this.interval.deliveredBytes = 0;
    this.interval.delays.clear();
  }

  handleRtt(rttMs: number): void {
    if (rttMs > 0 && (this.rttMinMs === 0 || rttMs < this.rttMinMs)) this.rttMinMs = rttMs;
  }

  #smooth(ms: number): void {
    if (this.feedbackMs === 0) {
      this.feedbackMs = ms;
      this.feedbackVarMs = ms / 2;
      return;
    }
    this.feedbackVarMs += (Math.abs(ms - this.feedbackMs) - this.feedbackVarMs) / 4;
    this.feedbackMs += (ms - this.feedbackMs) / 8;
  }

  /** An interval is over: its rates are taken in. */
  measure(now: Instant): void {
    const ms = now - this.#measuredAt;
    if (!(ms > 0)) return;
    this.#measuredAt = now;
    const { sentBytes } = this.traffic;
    this.sendBps = blend(this.sendBps, sentBytes - this.#sentBefore, ms);
    this.deliveryBps = blend(this.deliveryBps, this.deliveredBytes - this.#deliveredBefore, ms);
    this.#sentBefore = sentBytes;
    this.#deliveredBefore = this.deliveredBytes;
  }
}

function blend(oldBps: number, bytes: number, ms: number): number {
  return KEEP * oldBps + (1 - KEEP) * ((bytes * 8000) / ms);
}
