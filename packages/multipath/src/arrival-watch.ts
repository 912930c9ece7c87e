import { type Instant, NEVER, type PathId } from '@hawser/wire';

/** A path is watched once this many packets came at a steady pace. */
const LEARN_PACKETS = 8;

/** Paths on which packets are further apart than this are not expected to be punctual. */
const MAX_CADENCE_MS = 100;

/** Silence is noticed after this many usual gaps … */
const MISSED_GAPS = 3;

/** … but not before this long: two audio packets of 20 ms may come late together. */
const MIN_SILENCE_MS = 50;

class Cadence {
  packets = 0;
  lastAt: Instant = 0;
  gapMs = 0;
  deviationMs = 0;
  /** Told once per silence. */
  told = false;
}

/**
 * Notices that a path on which packets came regularly has fallen silent, so that it can be probed at once and not only
 * at the next periodic check. Silence alone makes nothing suspect: the peer may simply have stopped sending.
 */
export class ArrivalWatch {
  readonly #cadences: (Cadence | undefined)[] = [];

  /** A packet that is not STUN came by `path`. */
  handleArrived(now: Instant, path: PathId): void {
    let cadence = this.#cadences[path];
    if (cadence === undefined) {
      cadence = new Cadence();
      this.#cadences[path] = cadence;
    }
    if (cadence.packets > 0 && !cadence.told) {
      const gap = now - cadence.lastAt;
      cadence.deviationMs += (Math.abs(gap - cadence.gapMs) - cadence.deviationMs) / 8;
      cadence.gapMs += (gap - cadence.gapMs) / 8;
    }
    cadence.packets++;
    cadence.lastAt = now;
    cadence.told = false;
  }

  /** When the next path will count as silent. */
  nextSilence(): Instant {
    let next: Instant = NEVER;
    for (const cadence of this.#cadences) if (cadence !== undefined) next = Math.min(next, silentAt(cadence));
    return next;
  }

  /** Takes one path that has fallen silent by `now`, or -1. Each silence is told once. */
  takeSilent(now: Instant): PathId {
    for (let path = 0; path < this.#cadences.length; path++) {
      const cadence = this.#cadences[path];
      if (cadence !== undefined && silentAt(cadence) <= now) {
        cadence.told = true;
        return path;
      }
    }
    return -1;
  }

  /** When the last packet came by `path`; -Infinity when none did. */
  lastArrival(path: PathId): Instant {
    return this.#cadences[path]?.lastAt ?? Number.NEGATIVE_INFINITY;
  }

  forget(path: PathId): void {
    this.#cadences[path] = undefined;
  }
}

function silentAt(cadence: Cadence): Instant {
  if (cadence.told || cadence.packets < LEARN_PACKETS || cadence.gapMs > MAX_CADENCE_MS) return NEVER;
  return cadence.lastAt + Math.max(MIN_SILENCE_MS, MISSED_GAPS * cadence.gapMs + 4 * cadence.deviationMs);
}
