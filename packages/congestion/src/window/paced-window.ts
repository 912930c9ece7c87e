import type { Instant, WindowController } from '@hawser/wire';

/** Counts of a window controller. */
export interface WindowCounters {
  /** Losses found by feedback, one per window of data. */
  losses: number;
  timeouts: number;
  /** Of both, how many were taken back. */
  undone: number;
  /** Calls whose numbers could not be: nothing acknowledged, NaN, no size. */
  ignored: number;
  /** Acknowledgements of more than was in flight, cut down to that. */
  excessive: number;
}

/**
 * A `WindowController` that says how fast the window may leave, too, and can use what some transports know beyond the seam
 * of `@hawser/wire`. Everything here is optional for the caller.
 */
export interface PacedWindowController extends WindowController {
  /**
   * Bit/s at which to pace: twice a window per round trip in slow start, 1.25 windows afterwards, so that pacing never is
   * what limits the window (RFC 9002 7.7). 0 while the round-trip time is unknown: do not pace.
   */
  readonly pacingBps: number;
  readonly inSlowStart: boolean;
  readonly counters: Readonly<WindowCounters>;
  /**
   * One sample of the round-trip time, ms, not smoothed: of a packet that was sent once. Call it before the `handleAcked` of
   * the same acknowledgement, for each acknowledgement that gives one. Without it slow start ends at the first loss only.
   *
   * RFC: 9406 4.2.
   */
  handleRtt(now: Instant, rttMs: number): void;
  /**
   * The latest loss or timeout was none: all the packets taken for lost have arrived. The window becomes what it was,
   * once per event.
   *
   * RFC: 9438 4.9.
   */
  handleSpurious(now: Instant): void;
}
