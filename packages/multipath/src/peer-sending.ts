import { type Instant, NO_PATH, type PathId } from '@hawser/wire';

/** What is needed to move a browser's sending. */
export interface PeerSendingHooks {
  /** Whether the peer is one that sends on one path and can be steered. */
  canSteer(): boolean;
  /** The best path besides `path`, or `NO_PATH`. */
  other(path: PathId): PathId;
  steer(now: Instant, path: PathId): void;
}

/**
 * By which path the peer sends. A browser sends on one and stays on it for seconds after it died: it is moved (browser rules
 * S1, S2), to the next path that becomes active where no other is. Where the path that it is being moved to dies too, it is
 * moved again.
 */
export class PeerSending {
  readonly #hooks: PeerSendingHooks;
  /** By which the peer's data came last. */
  #sendsOn: PathId = NO_PATH;
  /** Where the browser is being moved, until its data comes by another path than before. */
  #steeringTo: PathId = NO_PATH;
  /** The browser is to be moved to the next path that becomes active. */
  #steerToNext = false;

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

  forget(path: PathId): void {
    if (this.#sendsOn === path) this.#sendsOn = NO_PATH;
  }

  #steer(now: Instant, path: PathId): void {
    this.#steeringTo = path;
    this.#hooks.steer(now, path);
  }
}
