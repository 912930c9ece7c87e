import type { PathCandidates, PathId } from '@hawser/wire';

/** Most paths that can be active at once (the ICE agent's own bound). */
const MAX_PATHS = 64;

/** The candidates for packets without a window of their own (RTP, copies): every active path, with endless credit. */
export class ActivePaths implements PathCandidates {
  count = 0;
  readonly ids = new Int32Array(MAX_PATHS);
  readonly srttMs = new Float64Array(MAX_PATHS);
  readonly creditBytes = new Float64Array(MAX_PATHS).fill(Number.POSITIVE_INFINITY);
  readonly windowBytes = new Float64Array(MAX_PATHS).fill(Number.POSITIVE_INFINITY);
  readonly inFlightBytes = new Float64Array(MAX_PATHS);

  add(path: PathId, srttMs: number): void {
    if (this.count === MAX_PATHS || this.has(path)) return;
    this.ids[this.count] = path;
    this.srttMs[this.count] = srttMs;
    this.count++;
  }

  remove(path: PathId): void {
    const i = this.ids.subarray(0, this.count).indexOf(path);
    if (i < 0) return;
    this.count--;
    this.ids[i] = this.ids[this.count];
    this.srttMs[i] = this.srttMs[this.count];
  }

  has(path: PathId): boolean {
    for (let i = 0; i < this.count; i++) if (this.ids[i] === path) return true;
    return false;
  }

  setSrtt(path: PathId, srttMs: number): void {
    for (let i = 0; i < this.count; i++) if (this.ids[i] === path) this.srttMs[i] = srttMs;
  }
}
