import type { Instant, PathId } from '@hawser/wire';
import { isClock } from '../clock.ts';
import { CongestionError, numberIn } from '../errors.ts';
import { DelayCourse } from './delay-course.ts';
import { groupFlows } from './flow-grouping.ts';
import { FlowStatistics, SBD } from './flow-statistics.ts';

/** Options of {@link BottleneckDetector}. */
export interface BottleneckConfig {
  /** Paths that can be watched, 2 to 64. Default 16. */
  readonly maxPaths?: number;
  /**
   * Correlation of the steps of two delays, over five seconds, from which they count as shared, beside RFC 8382, which needs
   * 21 s for its first answer; and where it is below 0.3 RFC 8382 is not believed. Default 0.7; above 1: RFC 8382 alone.
   */
  readonly correlation?: number;
}

/** Counts of a {@link BottleneckDetector}. */
export interface BottleneckCounters {
  samples: number;
  lost: number;
  /** Intervals of 350 ms that ended. */
  intervals: number;
  /** Samples that are no numbers, or of more paths than are watched. */
  ignored: number;
}

interface Watched {
  readonly path: PathId;
  readonly statistics: FlowStatistics;
  readonly course: DelayCourse;
}

/**
 * Finds which paths share a bottleneck, from when packets left and arrived: by the shape of their delays (RFC 8382), and by the
 * correlation of those, which is faster and needs queues that move. Two paths count as sharing after three intervals of
 * 350 ms that say so, and as apart after ten that do not.
 */
export class BottleneckDetector {
  readonly counters: BottleneckCounters = { samples: 0, lost: 0, intervals: 0, ignored: 0 };
  readonly #maxPaths: number;
  readonly #correlation: number;
  readonly #watched: Watched[] = [];
  readonly #byPath = new Map<PathId, Watched>();
  readonly #shapes: Int32Array;
  /** Per pair, by maxPaths · i + j: above 0 shared, below apart; how many intervals in a row speak against it. */
  readonly #shared: Uint8Array;
  readonly #against: Uint8Array;
  readonly #groups: Int32Array;
  #endsAt: Instant = Number.NaN;

  /** Errors: `bad-config`. */
  constructor(config: BottleneckConfig = {}) {
    this.#maxPaths = numberIn('maxPaths', config.maxPaths ?? 16, 2, 64);
    this.#correlation = numberIn('correlation', config.correlation ?? 0.7, 0.1, Number.POSITIVE_INFINITY);
    this.#shapes = new Int32Array(this.#maxPaths);
    this.#groups = new Int32Array(this.#maxPaths);
    this.#shared = new Uint8Array(this.#maxPaths * this.#maxPaths);
    this.#against = new Uint8Array(this.#maxPaths * this.#maxPaths);
  }

  /** A packet that left on `path` alone at `sentAt` arrived at `arrivalMs` on the peer's clock; NaN: ignored. */
  handleArrived(now: Instant, path: PathId, sentAt: Instant, arrivalMs: number): void {
    const one = this.#find(path);
    const owd = arrivalMs - sentAt;
    if (one === undefined || !isClock(sentAt) || !isClock(arrivalMs) || !isClock(now)) {
      this.counters.ignored++;
      return;
    }
    this.counters.samples++;
    one.statistics.handleDelay(owd);
    one.course.add(arrivalMs, owd);
    this.#advance(now);
  }

  /** A packet that left on `path` alone is missing. */
  handleMissing(now: Instant, path: PathId): void {
    const one = this.#find(path);
    if (one === undefined || !isClock(now)) {
      this.counters.ignored++;
      return;
    }
    this.counters.lost++;
    one.statistics.handleLost();
    this.#advance(now);
  }

  /** The path is gone. */
  remove(path: PathId): void {
    const one = this.#byPath.get(path);
    if (one === undefined) return;
    this.#byPath.delete(path);
    this.#watched.splice(this.#watched.indexOf(one), 1);
    // Indices moved: what was said of pairs has to be said again.
    this.#shared.fill(0);
    this.#against.fill(0);
    this.#regroup();
  }

  /** Number of the group of paths with a common bottleneck; 0: it shares none. Numbers may change at every interval. */
  groupOf(path: PathId): number {
    const one = this.#byPath.get(path);
    return one === undefined ? 0 : this.#groups[this.#watched.indexOf(one)];
  }

  /** Whether two paths share a bottleneck. */
  shares(a: PathId, b: PathId): boolean {
    const group = this.groupOf(a);
    return a !== b && group > 0 && group === this.groupOf(b);
  }

  /**
   * Writes the watched paths and their groups, as of `groupOf`.
   *
   * @returns how many there are. Errors: `out-of-range` where they do not fit
   */
  groups(paths: Int32Array, groups: Int32Array): number {
    const count = this.#watched.length;
    if (paths.length < count || groups.length < count) {
      throw new CongestionError(
        'out-of-range',
        `${count} paths do not fit into ${Math.min(paths.length, groups.length)}`,
      );
    }
    for (let i = 0; i < count; i++) {
      paths[i] = this.#watched[i].path;
      groups[i] = this.#groups[i];
    }
    return count;
  }

  #find(path: PathId): Watched | undefined {
    const known = this.#byPath.get(path);
    if (known !== undefined || this.#watched.length >= this.#maxPaths) return known;
    const made = { path, statistics: new FlowStatistics(), course: new DelayCourse() };
    this.#watched.push(made);
    this.#byPath.set(path, made);
    return made;
  }

  #advance(now: Instant): void {
    if (Number.isNaN(this.#endsAt)) this.#endsAt = now + SBD.T;
    if (now < this.#endsAt) return;
    this.#endsAt = now + SBD.T;
    this.counters.intervals++;
    for (const one of this.#watched) one.statistics.endInterval();
    groupFlows(
      this.#watched.map((one) => one.statistics),
      this.#shapes,
    );
    for (let a = 0; a < this.#watched.length; a++) for (let b = a + 1; b < this.#watched.length; b++) this.#judge(a, b);
    this.#regroup();
  }

  #judge(a: number, b: number): void {
    const [one, other] = [this.#watched[a], this.#watched[b]];
    // RFC 8382 3.3.2: not before 2·M intervals.
    const ready = Math.min(one.statistics.intervals, other.statistics.intervals) >= 2 * SBD.M;
    const alike = ready && this.#shapes[a] > 0 && this.#shapes[a] === this.#shapes[b];
    const together = this.#correlation <= 1 ? one.course.correlation(other.course) : Number.NaN;
    // Two bottlenecks of one kind have one shape, but their queues do not move together.
    const says = together >= this.#correlation || (alike && !(together < UNLIKE));
    const pair = a * this.#maxPaths + b;
    const shared = this.#shared[pair] === 1;
    if (says === shared) this.#against[pair] = 0;
    else if (++this.#against[pair] >= (shared ? LEAVE_AFTER : JOIN_AFTER)) {
      this.#shared[pair] = says ? 1 : 0;
      this.#against[pair] = 0;
    }
  }

  /** Groups are what is connected by pairs that share. */
  #regroup(): void {
    const groups = this.#groups;
    const count = this.#watched.length;
    groups.fill(0);
    let next = 1;
    for (let a = 0; a < count; a++) {
      for (let b = a + 1; b < count; b++) {
        if (this.#shared[a * this.#maxPaths + b] === 0) continue;
        if (groups[a] === 0 && groups[b] === 0) groups[a] = groups[b] = next++;
        else if (groups[a] === 0) groups[a] = groups[b];
        else if (groups[b] === 0) groups[b] = groups[a];
        else {
          const [kept, merged] = [groups[a], groups[b]];
          for (let i = 0; i < count; i++) if (groups[i] === merged) groups[i] = kept;
        }
      }
    }
  }
}

/** Correlation below which delays of one shape are of two bottlenecks. */
const UNLIKE = 0.3;
const JOIN_AFTER = 3;
const LEAVE_AFTER = 10;
