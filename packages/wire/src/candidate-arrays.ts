import type { PathId } from './ids.ts';
import type { PathCandidates } from './path.ts';

/**
 * The candidates of a {@link PathChooser}, as their owner keeps them: cleared and filled for every choice, nothing allocated
 * unless there are more paths than ever before.
 */
export class CandidateArrays implements PathCandidates {
  count = 0;
  ids: Int32Array;
  srttMs: Float64Array;
  creditBytes: Float64Array;
  windowBytes: Float64Array;
  inFlightBytes: Float64Array;
  queueBytes: Float64Array;
  rateBps: Float64Array;
  delayMs: Float64Array;
  rttVarMs: Float64Array;
  lossRatio: Float64Array;

  /** @param capacity paths that fit before the arrays grow */
  constructor(capacity = 8) {
    this.ids = new Int32Array(capacity);
    this.srttMs = new Float64Array(capacity);
    this.creditBytes = new Float64Array(capacity);
    this.windowBytes = new Float64Array(capacity);
    this.inFlightBytes = new Float64Array(capacity);
    this.queueBytes = new Float64Array(capacity);
    this.rateBps = new Float64Array(capacity);
    this.delayMs = new Float64Array(capacity);
    this.rttVarMs = new Float64Array(capacity);
    this.lossRatio = new Float64Array(capacity);
  }

  clear(): void {
    this.count = 0;
  }

  /** Adds a path with endless credit and nothing known of it; the caller fills in the rest at the index returned. */
  add(path: PathId): number {
    if (this.count === this.ids.length) this.#grow();
    const i = this.count++;
    this.ids[i] = path;
    this.srttMs[i] = 0;
    this.creditBytes[i] = Number.POSITIVE_INFINITY;
    this.windowBytes[i] = Number.POSITIVE_INFINITY;
    this.inFlightBytes[i] = 0;
    this.queueBytes[i] = 0;
    this.rateBps[i] = 0;
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

  #grow(): void {
    const larger = new CandidateArrays(2 * this.ids.length);
    for (let i = 0; i < this.count; i++) larger.copy(this, i);
    Object.assign(this, larger);
  }
}
