import { CandidateArrays, type PathId } from '@hawser/wire';

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
}
