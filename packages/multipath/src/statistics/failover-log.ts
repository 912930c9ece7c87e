import { type Instant, NO_PATH, type PathId } from '@hawser/wire';

/** Suspicions remembered; the oldest are forgotten. */
const KEPT = 32;

/** Time after a suspicion in which deliveries are watched, ms; and how long before it one must have been for them to count. */
const WATCH_MS = 2000;

/** One path that went out of use, and what that cost. Times in ms; undefined while, or where, they cannot be known. */
export interface Failover {
  /** When the path became suspect, on the session's clock. */
  readonly at: Instant;
  readonly path: PathId;
  /** Why, in the agent's words. */
  readonly why: string;
  /**
   * From the last sign that the path worked (when the newest packet left that is known to have arrived by it, or the last
   * answer to a check or packet of the peer came) to the suspicion: at most so long went by before the loss was seen.
   */
  readonly detectMs: number | undefined;
  /** From the suspicion until the first packet that left afterwards by another path alone was known to have arrived. */
  readonly switchMs: number | undefined;
  /**
   * Longest pause between two units (messages, RTP and RTCP packets) that this end's application took out, from the last one
   * before the suspicion until two seconds after it. Pauses of the peer's application count, too. Undefined where nothing
   * was delivered in the two seconds before; 2 000 and more: nothing came within the watch.
   */
  readonly applicationMs: number | undefined;
}

type Entry = { -readonly [Field in keyof Failover]: Failover[Field] };

/**
 * What losing a path cost, in the three parts of the failover gap: detection, switch, application. A sender knows of arrivals
 * by feedback, so `switchMs` has the way back in it, and what one end delivers says nothing of the other's direction: a
 * simulation, which sees both ends and the link, measures shorter (docs/multipath.md).
 */
export class FailoverLog {
  readonly #entries: Entry[] = [];
  #deliveredAt: Instant = Number.NEGATIVE_INFINITY;
  #watchUntil: Instant = Number.NEGATIVE_INFINITY;
  /** Entries that wait for an arrival by another path. */
  #unswitched = 0;

  /** Oldest first. Copies. */
  entriesAt(now: Instant): readonly Failover[] {
    for (const entry of this.#entries) this.#stretch(now, entry);
    return this.#entries.map((entry) => ({ ...entry }));
  }

  /**
   * A path went out of use.
   *
   * @param lastSignAt when the path last showed that it works; -Infinity when it never did
   * @returns what is known of it so far; borrowed
   */
  handleSuspect(now: Instant, path: PathId, why: string, lastSignAt: Instant): Readonly<Failover> {
    const isDelivering = now - this.#deliveredAt <= WATCH_MS;
    const entry: Entry = {
      at: now,
      path,
      why,
      detectMs: lastSignAt > Number.NEGATIVE_INFINITY ? Math.max(0, now - lastSignAt) : undefined,
      switchMs: undefined,
      applicationMs: isDelivering ? Math.max(0, now - this.#deliveredAt) : undefined,
    };
    this.#entries.push(entry);
    this.#unswitched++;
    if (this.#entries.length > KEPT && this.#entries.shift()?.switchMs === undefined) this.#unswitched--;
    this.#watchUntil = now + WATCH_MS;
    return entry;
  }

  /** A packet that left by `path` alone at `sentAt` is known to have arrived. */
  handleArrived(now: Instant, path: PathId, sentAt: Instant): void {
    if (this.#unswitched === 0 || path === NO_PATH) return;
    for (const entry of this.#entries) {
      if (entry.switchMs !== undefined || entry.path === path || sentAt < entry.at) continue;
      entry.switchMs = now - entry.at;
      this.#unswitched--;
    }
  }

  /** The application took a unit out. */
  handleDelivered(now: Instant): void {
    if (this.#deliveredAt <= this.#watchUntil) for (const entry of this.#entries) this.#stretch(now, entry);
    this.#deliveredAt = now;
  }

  /** The pause since the last delivery, as far as it is within the watch, may be the longest. */
  #stretch(now: Instant, entry: Entry): void {
    if (entry.applicationMs === undefined) return;
    const pause = Math.min(now, entry.at + WATCH_MS) - this.#deliveredAt;
    if (pause > entry.applicationMs) entry.applicationMs = pause;
  }
}
