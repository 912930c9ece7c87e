import type { PathId } from './ids.ts';
import type { PathCandidates } from './path.ts';

/**
 * The candidates of a {@link PathChooser}, as their owner keeps them: cleared and filled for every choice, nothing
 * allocated.
 */
export class CandidateArrays implements PathCandidates {
  count = 0;
  readonly ids: Int32Array;
  readonly srttMs: Float64Array;
  readonly creditBytes: Float64Array;
  readonly windowBytes: Float64Array;
  readonly inFlightBytes: Float64Array;
  readonly queueBytes: Float64Array;
  readonly rateBps: Float64Array;
  readonly pacingBps: Float64Array;
  readonly delayMs: Float64Array;
  readonly rttVarMs: Float64Array;
  readonly lossRatio: Float64Array;

  /** @param capacity most candidates at once */
  constructor(capacity = MAX_CANDIDATES) {
    // One more than counts: what is written for a path that found no room goes there.
    const length = capacity + 1;
    this.ids = new Int32Array(length);
    this.srttMs = new Float64Array(length);
    this.creditBytes = new Float64Array(length);
    this.windowBytes = new Float64Array(length);
    this.inFlightBytes = new Float64Array(length);
    this.queueBytes = new Float64Array(length);
    this.rateBps = new Float64Array(length);
    this.pacingBps = new Float64Array(length);
    this.delayMs = new Float64Array(length);
    this.rttVarMs = new Float64Array(length);
    this.lossRatio = new Float64Array(length);
  }

  clear(): void {
    this.count = 0;
  }

  /**
   * Adds a path with endless credit and nothing known of it; the caller fills in the rest at the index returned. When there
   * is no room the path is no candidate, and the index is one that nobody reads.
   */
  add(path: PathId): number {
    const i = this.count;
    if (i < this.ids.length - 1) this.count++;
    this.ids[i] = path;
    this.srttMs[i] = 0;
    this.creditBytes[i] = Number.POSITIVE_INFINITY;
    this.windowBytes[i] = Number.POSITIVE_INFINITY;
    this.inFlightBytes[i] = 0;
    this.queueBytes[i] = 0;
    this.rateBps[i] = 0;
    this.pacingBps[i] = 0;
    this.delayMs[i] = 0;
    this.rttVarMs[i] = 0;
    this.lossRatio[i] = 0;
    return i;
  }

  /** Adds the path at index `i` of other candidates, with all its numbers; returns its index here. */
  copy(from: PathCandidates, i: number): number {
    const at = this.add(from.ids[i]);
    this.srttMs[at] = from.srttMs[i];
    this.creditBytes[at] = from.creditBytes[i];
    this.windowBytes[at] = from.windowBytes[i];
    this.inFlightBytes[at] = from.inFlightBytes[i];
    this.queueBytes[at] = from.queueBytes[i];
    this.rateBps[at] = from.rateBps[i];
    this.pacingBps[at] = from.pacingBps[i];
    this.delayMs[at] = from.delayMs[i];
    this.rttVarMs[at] = from.rttVarMs[i];
    this.lossRatio[at] = from.lossRatio[i];
    return at;
  }

  /** Takes the path at index `i` out; the last one takes its place. */
  remove(i: number): void {
    this.count--;
    if (i === this.count) return;
    const { count } = this;
    this.count = i;
    this.copy(this, count);
    this.count = count;
  }

  /** The index of `path`, or -1. */
  indexOf(path: PathId): number {
    for (let i = 0; i < this.count; i++) if (this.ids[i] === path) return i;
    return -1;
  }
}

/** More than the pairs that an ICE agent keeps. */
const MAX_CANDIDATES = 128;
