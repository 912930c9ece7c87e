import { type Instant, NEVER, type PathId } from '@hawser/wire';

/** A wait is allowed to last so many times what was expected, … */
const TIMES_EXPECTED = 2;
/** … at least this long, ms, since timers are no finer, … */
const LEAST_MS = 5;
/** … and never longer than this, ms. */
const MOST_MS = 100;

/** For a path that was never waited for. */
const NOT_WAITED = Number.NaN;

/**
 * Bounds how long packets wait for a path that seems better than those with credit. Numbers are believed for a while only:
 * when a path that should have had credit long ago got no packet, it is not waited for again until it gets one. So a path
 * that acknowledges nothing, or a peer that claims a rate that is none, delays a packet by 100 ms once, not for ever.
 */
export class Patience {
  #since = new Float64Array(16).fill(NOT_WAITED);
  #until: Instant = NEVER;

  /**
   * Whether to wait for `path` now, which is expected to have credit after `expectedMs`. Counts from the first time it was
   * asked since the path got a packet.
   */
  allows(now: Instant, path: PathId, expectedMs: number): boolean {
    if (!(expectedMs < Number.POSITIVE_INFINITY)) return false;
    if (path >= this.#since.length) this.#grow(path);
    let since = this.#since[path];
    if (!(since <= now)) {
      since = now;
      this.#since[path] = now;
    }
    const until = since + Math.min(MOST_MS, Math.max(LEAST_MS, TIMES_EXPECTED * expectedMs));
    if (now >= until) return false;
    this.#until = until;
    return true;
  }

  /** When the wait ends at the latest that `allows` gave since `begin`; `NEVER` when it gave none. */
  get until(): Instant {
    return this.#until;
  }

  /** A choice begins: no wait yet. */
  begin(): void {
    this.#until = NEVER;
  }

  /** A packet leaves by `path`: the next wait for it begins anew. */
  handleSent(path: PathId): void {
    if (path < this.#since.length) this.#since[path] = NOT_WAITED;
  }

  /** Starts `path` anew: its number will name another pair. */
  forget(path: PathId): void {
    this.handleSent(path);
  }

  #grow(path: PathId): void {
    const larger = new Float64Array(Math.max(path + 1, this.#since.length * 2)).fill(NOT_WAITED);
    larger.set(this.#since);
    this.#since = larger;
  }
}
