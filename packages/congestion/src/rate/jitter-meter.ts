import type { Instant } from '@hawser/wire';

/** Interarrival jitter (RFC 3550 6.4.1), ms: how much the delay varies from packet to packet, smoothed by a sixteenth. */
export class JitterMeter {
  jitterMs = 0;
  #transitMs = Number.NaN;

  /** A packet of `sentAt` on one clock arrived at `arrivalMs` on another. What is no number is ignored. */
  add(sentAt: Instant, arrivalMs: number): void {
    const transit = arrivalMs - sentAt;
    if (!Number.isFinite(transit)) return;
    const difference = Math.abs(transit - this.#transitMs);
    this.#transitMs = transit;
    // The first packet, or a clock that was set.
    if (difference <= MAX_DIFFERENCE_MS) this.jitterMs += (difference - this.jitterMs) / 16;
  }
}

const MAX_DIFFERENCE_MS = 10_000;
