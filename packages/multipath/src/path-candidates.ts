import { CandidateArrays, NO_PATH, type PathId } from '@hawser/wire';

/** The candidates for packets without a window of their own (RTP, copies): every active path, with endless credit. */
export class ActivePaths extends CandidateArrays {
  activate(path: PathId, srttMs: number): void {
    if (this.has(path)) return;
    this.srttMs[this.add(path)] = srttMs;
  }

  deactivate(path: PathId): void {
    const i = this.indexOf(path);
    if (i >= 0) this.remove(i);
  }

  has(path: PathId): boolean {
    return this.indexOf(path) >= 0;
  }

  setSrtt(path: PathId, srttMs: number): void {
    const i = this.indexOf(path);
    if (i >= 0) this.srttMs[i] = srttMs;
  }

  /** The fastest; another than the present one only when it is a fifth faster, so that noise does not flap it. */
  best(present: PathId): PathId {
    const incumbent = this.indexOf(present);
    let best = incumbent < 0 ? NO_PATH : present;
    let lowest = incumbent < 0 ? Number.POSITIVE_INFINITY : this.srttMs[incumbent] * 0.8;
    for (let i = 0; i < this.count; i++) {
      if (this.srttMs[i] >= lowest) continue;
      lowest = this.srttMs[i];
      best = this.ids[i];
    }
    return best;
  }
}
