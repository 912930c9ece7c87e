import { type FlowId, type Instant, NO_FLOW, NO_PATH, type PathId, type PathState } from '@hawser/wire';
import type { CandidatePair } from './pair.ts';

/**
 * Legal moves of a path. `abandoned` may come at any time, `discarded` always comes last. A failed path never comes back:
 * consent cannot be had again on its 5-tuple (RFC 7675 5.1).
 */
const EDGES: Readonly<Record<PathState, readonly PathState[]>> = {
  standby: ['active', 'suspect', 'failed', 'abandoned'],
  active: ['standby', 'suspect', 'failed', 'abandoned'],
  suspect: ['wary', 'failed', 'abandoned'],
  wary: ['active', 'standby', 'suspect', 'failed', 'abandoned'],
  failed: ['abandoned'],
  abandoned: ['discarded'],
  discarded: [],
};

/** A discarded id is given again no sooner than this, so that nobody mistakes the new path for the old, milliseconds. */
const QUIET_MS = 30_000;

/**
 * Paths by their small dense id: state, counters, and the two constant-time translations that the hot path needs. Arrays
 * by id, so that counting a packet allocates nothing.
 */
export class PathTable {
  readonly #capacity: number;
  readonly #pairs: (CandidatePair | undefined)[] = [];
  readonly #states: PathState[] = [];
  readonly #whys: string[] = [];
  readonly #flows: Int32Array;
  readonly #freedAt: Float64Array;
  readonly #lingerUntil: Float64Array;
  #byFlow = new Int32Array(64).fill(NO_PATH);
  #used = 0;

  readonly packetsSent: Float64Array;
  readonly bytesSent: Float64Array;
  readonly packetsReceived: Float64Array;
  readonly bytesReceived: Float64Array;
  /** When data last left and last came; -Infinity before the first. */
  readonly sentAt: Float64Array;
  readonly receivedAt: Float64Array;

  /** @param capacity most ids, live and resting */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#flows = new Int32Array(capacity).fill(NO_FLOW);
    this.#freedAt = new Float64Array(capacity);
    this.#lingerUntil = new Float64Array(capacity).fill(Number.POSITIVE_INFINITY);
    this.packetsSent = new Float64Array(capacity);
    this.bytesSent = new Float64Array(capacity);
    this.packetsReceived = new Float64Array(capacity);
    this.bytesReceived = new Float64Array(capacity);
    this.sentAt = new Float64Array(capacity);
    this.receivedAt = new Float64Array(capacity);
  }

  /** Ids given so far: every id is below. */
  get idCount(): number {
    return this.#used;
  }

  /** Gives `pair` an id: the lowest that has rested, else a new one. `NO_PATH` when there is none. */
  open(now: Instant, pair: CandidatePair, why: string): PathId {
    const path = this.#take(now);
    if (path === NO_PATH) return NO_PATH;
    this.#pairs[path] = pair;
    this.#states[path] = 'standby';
    this.#whys[path] = why;
    this.#flows[path] = pair.flow;
    this.#lingerUntil[path] = Number.POSITIVE_INFINITY;
    this.packetsSent[path] = 0;
    this.bytesSent[path] = 0;
    this.packetsReceived[path] = 0;
    this.bytesReceived[path] = 0;
    this.sentAt[path] = Number.NEGATIVE_INFINITY;
    this.receivedAt[path] = Number.NEGATIVE_INFINITY;
    if (pair.flow >= this.#byFlow.length) {
      const grown = new Int32Array(Math.max(pair.flow + 1, 2 * this.#byFlow.length)).fill(NO_PATH);
      grown.set(this.#byFlow);
      this.#byFlow = grown;
    }
    this.#byFlow[pair.flow] = path;
    return path;
  }

  /** The path belongs to another pair of the same flow now. */
  hand(path: PathId, pair: CandidatePair): void {
    this.#pairs[path] = pair;
  }

  /** Checks the move against the table and makes it. */
  enter(path: PathId, next: PathState, why: string): void {
    if (!EDGES[this.#states[path]].includes(next)) throw new Error(`path ${path}: ${this.#states[path]} to ${next}`);
    this.#states[path] = next;
    this.#whys[path] = why;
  }

  /** Frees the id of a discarded path. */
  close(now: Instant, path: PathId): void {
    this.unmap(path);
    this.#pairs[path] = undefined;
    this.#freedAt[path] = now;
    this.#lingerUntil[path] = Number.POSITIVE_INFINITY;
  }

  /** Packets of the path's flow belong to no path any longer. */
  unmap(path: PathId): void {
    const flow = this.#flows[path];
    if (flow !== NO_FLOW && this.#byFlow[flow] === path) this.#byFlow[flow] = NO_PATH;
  }

  ofFlow(flow: FlowId): PathId {
    return flow >= 0 && flow < this.#byFlow.length ? this.#byFlow[flow] : NO_PATH;
  }

  flowOf(path: PathId): FlowId {
    return this.isOpen(path) ? this.#flows[path] : NO_FLOW;
  }

  /** Counts a packet of data that left on `path`. */
  countSent(now: Instant, path: PathId, bytes: number): void {
    if (!this.isOpen(path)) return;
    this.packetsSent[path]++;
    this.bytesSent[path] += bytes;
    this.sentAt[path] = now;
  }

  /** Counts a packet of data that came by `path`. */
  countReceived(path: PathId, bytes: number): void {
    if (!this.isOpen(path)) return;
    this.packetsReceived[path]++;
    this.bytesReceived[path] += bytes;
  }

  isOpen(path: PathId): boolean {
    return path >= 0 && path < this.#used && this.#pairs[path] !== undefined;
  }

  pair(path: PathId): CandidatePair | undefined {
    return path >= 0 && path < this.#used ? this.#pairs[path] : undefined;
  }

  state(path: PathId): PathState {
    return this.#states[path];
  }

  why(path: PathId): string {
    return this.#whys[path];
  }

  /** The path is discarded at `at`. */
  linger(path: PathId, at: Instant): void {
    this.#lingerUntil[path] = at;
  }

  lingerUntil(path: PathId): Instant {
    return this.#lingerUntil[path];
  }

  #take(now: Instant): PathId {
    let oldest: PathId = NO_PATH;
    for (let path = 0; path < this.#used; path++) {
      if (this.#pairs[path] !== undefined) continue;
      if (now - this.#freedAt[path] >= QUIET_MS) return path;
      if (oldest === NO_PATH || this.#freedAt[path] < this.#freedAt[oldest]) oldest = path;
    }
    return this.#used < this.#capacity ? this.#used++ : oldest;
  }
}

/** Whether a path in this state may carry new data, or could if it were chosen. */
export function isUsable(state: PathState): boolean {
  return state === 'active' || state === 'standby';
}

/** Whether the peer still consents to the path. */
export function isLive(state: PathState): boolean {
  return state === 'active' || state === 'standby' || state === 'suspect' || state === 'wary';
}
