import {
  type Instant,
  NO_PATH,
  type PacketClass,
  type PathCandidates,
  type PathChooser,
  type PathId,
} from '@hawser/wire';
import { creditWaitMs, rateBps } from '../policy/delivery.ts';
import { Backlog } from './backlog.ts';
import { BlestGuard } from './blest.ts';
import { lowestRttIndex } from './min-rtt.ts';
import { Patience } from './patience.ts';
import type { Scheduler, SchedulerServices } from './scheduler.ts';

/** A wait once begun goes on until the slow path is this much better: the hysteresis of the paper. */
const BETA = 0.25;

/**
 * Earliest completion first (Lim, Nahum, Towsley, Gibbens, "ECF: An MPTCP path scheduler to manage heterogeneous paths",
 * CoNEXT 2017): the fast path F while it has credit; else the fastest S that has, unless all that waits would be through
 * sooner by waiting for F. With `k` bytes to send ({@link Backlog}) and `d` the larger of the two RTT deviations, it waits
 * where
 *
 * ```
 * RTT_F + max(k, CWND_F) / CWND_F * RTT_F  <  (1 + beta * waiting) * (RTT_S + d)
 * max(k, CWND_S) / CWND_S * RTT_S         >=  RTT_F + RTT_F + d
 * ```
 *
 * The first `RTT_F` on the left is the wait for credit. Where F's window is open and only its pacer holds the packet back,
 * that is a moment, and `k` leaves at the pacer's rate: `wait + RTT_F + k * 8 / rate_F` and `wait + RTT_F + d`. A window
 * without end takes one round. {@link BlestGuard} may say to wait, too. {@link Patience} bounds every wait.
 */
export class EcfChooser implements PathChooser {
  readonly #backlogBytes: (cls: PacketClass) => number;
  readonly #peerWindowBytes: () => number;
  readonly #guard = new BlestGuard();
  readonly #backlog = new Backlog();
  readonly #patience = new Patience();
  #waiting = false;

  /**
   * @param backlogBytes bytes of a class that wait to be sent; Infinity = without end: it never pays to wait
   * @param peerWindowBytes what the peer lets be outstanding on all paths; Infinity = the guard is idle
   */
  constructor(backlogBytes: (cls: PacketClass) => number, peerWindowBytes: () => number) {
    this.#backlogBytes = backlogBytes;
    this.#peerWindowBytes = peerWindowBytes;
  }

  choose(now: Instant, cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    this.#patience.begin();
    const slow = lowestRttIndex(bytes, candidates);
    const toSend = this.#backlog.expectedBytes(now, bytes, this.#backlogBytes(cls));
    if (slow < 0) return NO_PATH;
    const fast = fastest(candidates);
    if (fast >= 0 && candidates.srttMs[fast] < candidates.srttMs[slow] && fast !== slow) {
      const isFull = candidates.inFlightBytes[fast] + bytes > candidates.windowBytes[fast];
      const waitMs = isFull ? candidates.srttMs[fast] : creditWaitMs(candidates, fast, bytes);
      const blocks = this.#guard.blocks(now, candidates, fast, slow, bytes, this.#peerWindowBytes());
      const pays = this.#pays(candidates, fast, slow, waitMs, isFull, toSend);
      if ((pays || blocks) && this.#patience.allows(now, candidates.ids[fast], waitMs)) return NO_PATH;
    }
    return candidates.ids[slow];
  }

  sent(_now: Instant, path: PathId, bytes: number): void {
    this.#patience.handleSent(path);
    this.#backlog.handleSent(bytes);
  }

  /** See `Scheduler.askAgainAt`. */
  askAgainAt(): Instant {
    return this.#patience.until;
  }

  /** Starts `path` anew: its number will name another pair. */
  forget(path: PathId): void {
    this.#patience.forget(path);
  }

  #pays(
    candidates: PathCandidates,
    fast: number,
    slow: number,
    waitMs: number,
    isFull: boolean,
    toSend: number,
  ): boolean {
    const fastMs = candidates.srttMs[fast];
    const slowMs = candidates.srttMs[slow];
    const spreadMs = Math.max(0, candidates.rttVarMs[fast], candidates.rttVarMs[slow]);
    const roundsMs = fastMs * rounds(toSend, candidates.windowBytes[fast]);
    const viaFast = waitMs + (isFull ? roundsMs : fastMs + (toSend * 8000) / rateBps(candidates, fast));
    if (!(viaFast < (1 + (this.#waiting ? BETA : 0)) * (slowMs + spreadMs))) {
      this.#waiting = false;
      return false;
    }
    const viaSlow = slowMs * rounds(toSend, candidates.windowBytes[slow]);
    if (!(viaSlow >= waitMs + fastMs + spreadMs)) return false;
    this.#waiting = true;
    return true;
  }
}

/** Round trips that `bytes` take through a window, at least one. */
function rounds(bytes: number, windowBytes: number): number {
  if (!(windowBytes < Number.POSITIVE_INFINITY)) return 1;
  return windowBytes > 0 ? Math.max(1, bytes / windowBytes) : Number.POSITIVE_INFINITY;
}

/** The index of the candidate with the lowest known SRTT, with credit or without, or -1. */
function fastest(candidates: PathCandidates): number {
  let best = -1;
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < candidates.count; i++) {
    const srttMs = candidates.srttMs[i];
    if (!(srttMs > 0 && srttMs < lowest)) continue;
    lowest = srttMs;
    best = i;
  }
  return best;
}

export function ecf(services: SchedulerServices): Scheduler {
  const endless = Number.POSITIVE_INFINITY;
  const chooser = new EcfChooser(
    (cls) => services.backlogBytes?.(cls) ?? endless,
    () => services.peerWindowBytes?.() ?? endless,
  );
  return { chooser, askAgainAt: () => chooser.askAgainAt(), forget: (path) => chooser.forget(path) };
}
