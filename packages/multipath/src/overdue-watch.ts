import { type Instant, NEVER, type PathId } from '@hawser/wire';

/** Packets of one path remembered since its newest known arrival. */
const REMEMBERED = 64;

/** A run of missing packets must be at least this long … */
const MIN_RUN_PACKETS = 4;

/** … and span at least this much sending time, before it means anything. */
const MIN_RUN_MS = 20;

/** What the watch needs to know of a path: when one of its packets is overdue. */
export interface OverdueTiming {
  /** Milliseconds after sending at which an unreported packet of `path` is overdue: SRTT + 4 RTTVar. */
  overdueAfterMs(path: PathId): number;
}

class Run {
  readonly sentAt = new Float64Array(REMEMBERED);
  first = 0;
  count = 0;
  newestArrival: Instant = Number.NEGATIVE_INFINITY;

  push(at: Instant): void {
    if (this.count === REMEMBERED) {
      // The oldest stays: it marks where the run began. The second oldest makes room.
      this.sentAt[(this.first + 1) % REMEMBERED] = this.sentAt[this.first];
      this.first = (this.first + 1) % REMEMBERED;
      this.count--;
    }
    this.sentAt[(this.first + this.count) % REMEMBERED] = at;
    this.count++;
  }

  dropUntil(at: Instant): void {
    if (at > this.newestArrival) this.newestArrival = at;
    while (this.count > 0 && this.sentAt[this.first] <= at) {
      this.first = (this.first + 1) % REMEMBERED;
      this.count--;
    }
  }
}

/**
 * The feedback half of suspicion: a path is suspect when feedback that *did* arrive shows its last four or more packets,
 * spanning 20 ms or more and each overdue, missing. When no feedback arrives, nothing is suspect.
 *
 * Fed by SCTP (SACK) and by transport-wide-cc alike.
 */
export class OverdueWatch {
  readonly #timing: OverdueTiming;
  readonly #onSuspect: (now: Instant, path: PathId) => void;
  readonly #runs: (Run | undefined)[] = [];

  constructor(timing: OverdueTiming, onSuspect: (now: Instant, path: PathId) => void) {
    this.#timing = timing;
    this.#onSuspect = onSuspect;
  }

  handleSent(now: Instant, path: PathId): void {
    let run = this.#runs[path];
    if (run === undefined) {
      run = new Run();
      this.#runs[path] = run;
    }
    run.push(now);
  }

  /** The packet sent last on `path` left on another as well: that it arrives, or does not, says nothing of `path`. */
  handleCopied(path: PathId): void {
    const run = this.#runs[path];
    if (run !== undefined && run.count > 0) run.count--;
  }

  handleArrived(_now: Instant, path: PathId, sentAt: Instant): void {
    this.#runs[path]?.dropUntil(sentAt);
  }

  /** When the latest packet of `path` left of which it is known that it arrived; -Infinity without feedback. */
  newestArrival(path: PathId): Instant {
    return this.#runs[path]?.newestArrival ?? Number.NEGATIVE_INFINITY;
  }

  /** When the oldest packet of `path` left of which nothing is known yet though it should be; `NEVER` when there is none. */
  openSince(path: PathId): Instant {
    const run = this.#runs[path];
    return run === undefined || run.count === 0 ? NEVER : run.sentAt[run.first];
  }

  handleReportEnd(now: Instant, coversSentBefore: Instant): void {
    for (let path = 0; path < this.#runs.length; path++) {
      const run = this.#runs[path];
      if (run !== undefined && run.count >= MIN_RUN_PACKETS && this.#isMissing(now, path, run, coversSentBefore)) {
        run.count = 0;
        this.#onSuspect(now, path);
      }
    }
  }

  /** What was sent on `path` says nothing any more: it is suspect already, or carries nothing. */
  restart(path: PathId): void {
    const run = this.#runs[path];
    if (run !== undefined) run.count = 0;
  }

  /** Forgets `path`: its number will name another pair. */
  forget(path: PathId): void {
    this.#runs[path] = undefined;
  }

  #isMissing(now: Instant, path: PathId, run: Run, coversSentBefore: Instant): boolean {
    const dueBefore = Math.min(coversSentBefore, now - this.#timing.overdueAfterMs(path));
    let overdue = 0;
    let latest = 0;
    for (let i = 0; i < run.count; i++) {
      const at = run.sentAt[(run.first + i) % REMEMBERED];
      if (at > dueBefore) break;
      overdue++;
      latest = at;
    }
    return overdue >= MIN_RUN_PACKETS && latest - run.sentAt[run.first] >= MIN_RUN_MS;
  }
}
