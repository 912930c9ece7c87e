import { type Instant, NEVER, NO_PATH, type PathId } from '@hawser/wire';

/** A path is much better with so much of the round trip of the one in use, and so much less, ms, … */
const BETTER_RATIO = 0.67;
const BETTER_MS = 20;

/** … for so long, ms; and a browser is moved for that no more often, ms: each move takes a port. */
const BETTER_FOR_MS = 3000;
const BETWEEN_MOVES_MS = 10_000;

/** What is needed to move a browser's sending. */
export interface PeerSendingHooks {
  /** Whether the peer is one that sends on one path and can be steered. */
  canSteer(): boolean;
  /** Smoothed round-trip time of a path in use, ms; 0 while unknown, or where it is not in use. */
  srttMs(path: PathId): number;
  /** The best path besides `path`, or `NO_PATH`. */
  other(path: PathId): PathId;
  steer(now: Instant, path: PathId): void;
}

/**
 * By which path the peer sends. A browser sends on one and stays on it for seconds after it died: it is moved (browser rules
 * S1, S2), to the next path that becomes active where no other is. Where the path that it is being moved to dies too, it is
 * moved again. It is also moved to a path that has been much better for seconds.
 */
export class PeerSending {
  readonly #hooks: PeerSendingHooks;
  /** By which the peer's data came last. */
  #sendsOn: PathId = NO_PATH;
  /** Where the browser is being moved, until its data comes by another path than before. */
  #steeringTo: PathId = NO_PATH;
  /** The browser is to be moved to the next path that becomes active. */
  #steerToNext = false;
  /** Since when another path is much better than the one it sends on; `NEVER`: none is. */
  #betterSince: Instant = NEVER;
  #steeredAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(hooks: PeerSendingHooks) {
    this.#hooks = hooks;
  }

  /** Whether the peer's data came last by `path`. */
  isOn(path: PathId): boolean {
    return path === this.#sendsOn;
  }

  handleArrived(path: PathId): void {
    this.#sendsOn = path;
    this.#steerToNext = false;
    this.#steeringTo = NO_PATH;
  }

  handleActive(now: Instant, path: PathId): void {
    if (!this.#steerToNext) return;
    this.#steerToNext = false;
    this.#steer(now, path);
  }

  handleSuspect(now: Instant, path: PathId): void {
    if (!this.#hooks.canSteer()) return;
    if (path !== this.#sendsOn && path !== this.#steeringTo) return;
    const target = this.#hooks.other(path);
    if (target === NO_PATH) this.#steerToNext = true;
    else this.#steer(now, target);
  }

  /** Measurements were refreshed; `best` is the best path. One that has long been much better is worth a move. */
  handleMeasured(now: Instant, best: PathId): void {
    const present = this.#hooks.srttMs(this.#sendsOn);
    const better = this.#hooks.srttMs(best);
    const isBetter = better > 0 && better <= BETTER_RATIO * present && present - better >= BETTER_MS;
    if (!isBetter || !this.#hooks.canSteer()) this.#betterSince = NEVER;
    else if (this.#betterSince === NEVER) this.#betterSince = now;
    else if (now - this.#betterSince >= BETTER_FOR_MS && now - this.#steeredAt >= BETWEEN_MOVES_MS)
      this.#steer(now, best);
  }

  forget(path: PathId): void {
    if (this.#sendsOn === path) this.#sendsOn = NO_PATH;
  }

  #steer(now: Instant, path: PathId): void {
    this.#steeringTo = path;
    this.#steeredAt = now;
    this.#betterSince = NEVER;
    this.#hooks.steer(now, path);
  }
}
