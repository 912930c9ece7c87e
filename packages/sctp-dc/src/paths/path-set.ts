import { CandidateArrays, type Instant, NO_PATH, type PacketClass, type PathId } from '@hawser/wire';
import type { Settings } from '../config.ts';
import { SctpPath } from './path.ts';

/** The paths of an association, and the choice among them. */
export class PathSet {
  /** Every known path, in the order they were made known. */
  readonly all: SctpPath[] = [];
  readonly #byId = new Map<PathId, SctpPath>();
  readonly #settings: Settings;
  readonly #candidates = new CandidateArrays();
  /** Of the choice being made. */
  #leastMtu = 0;
  #skipDoubtful = false;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  find(id: PathId): SctpPath | undefined {
    return this.#byId.get(id);
  }

  /** The path, made if need be. */
  add(id: PathId): SctpPath {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const path = new SctpPath(id, this.#settings);
    this.all.push(path);
    this.#byId.set(id, path);
    return path;
  }

  remove(path: SctpPath): void {
    this.#byId.delete(path.id);
    this.all.splice(this.all.indexOf(path), 1);
  }

  /**
   * The largest packet that passes every path on which it may have to be sent, sooner or later: a chunk cannot be cut again
   * (RFC 9260 6.9).
   */
  get mtuBytes(): number {
    let least = this.#settings.maxMtuBytes;
    let any = false;
    for (const path of this.all) {
      if (!path.mayBecomeActive) continue;
      any = true;
      if (path.mtu.bytes < least) least = path.mtu.bytes;
    }
    return any ? least : this.#settings.mtuBytes;
  }

  get activeCount(): number {
    let count = 0;
    for (const path of this.all) if (path.active) count++;
    return count;
  }

  /** The longest round trip of an active path, ms; what is not known counts as 100. */
  get slowestRttMs(): number {
    let slowest = 0;
    for (const { active, checkSrttMs, rto } of this.all) {
      if (active) slowest = Math.max(slowest, rto.srttMs || checkSrttMs || UNKNOWN_RTT_MS);
    }
    return slowest || UNKNOWN_RTT_MS;
  }

  /** The active path that owes a probe, if any. */
  forProbe(): SctpPath | undefined {
    for (const path of this.all) if (path.probe.wanted && path.active) return path;
    return undefined;
  }

  /** The active path for a control chunk: one that answers rather than one that does not. */
  forControl(): SctpPath | undefined {
    let doubtful: SctpPath | undefined;
    for (const path of this.all) {
      if (!path.active) continue;
      if (!path.doubtful) return path;
      doubtful ??= path;
    }
    return doubtful;
  }

  /** The active path for the `attempt`-th repetition of a control chunk: they take turns. */
  forAttempt(attempt: number): SctpPath | undefined {
    const active = this.all.filter((path) => path.active);
    return active[attempt % active.length];
  }

  /** The path on which to answer what came from `id`: that one while it is active, else another. */
  forReply(id: PathId): SctpPath | undefined {
    const path = this.#byId.get(id);
    return path?.active ? path : this.forControl();
  }

  /**
   * Asks the chooser for the path of a packet of at most `bytes`; undefined = wait. While there is a path that passes packets of
   * `bytes` it is one of those.
   */
  choose(now: Instant, cls: PacketClass, bytes: number): SctpPath | undefined {
    const chooser = this.#settings.chooser;
    for (const path of this.all) if (path.active) path.handleIdle(now);
    this.#leastMtu = bytes;
    this.#skipDoubtful = false;
    if (!this.#anyFits()) this.#leastMtu = 0;
    this.#skipDoubtful = this.#anySound();
    if (chooser === undefined) {
      for (const path of this.all) {
        if (this.#isCandidate(path)) return path.creditBytes() >= bytes ? path : undefined;
      }
      return undefined;
    }
    const candidates = this.#fill();
    if (candidates.count === 0) return undefined;
    const chosen = chooser.choose(now, cls, bytes, candidates);
    if (chosen === NO_PATH) return undefined;
    const path = this.#byId.get(chosen);
    return path?.active && path.creditBytes() >= bytes ? path : undefined;
  }

  #anySound(): boolean {
    for (const path of this.all) if (this.#isCandidate(path) && !path.doubtful) return true;
    return false;
  }

  #anyFits(): boolean {
    for (const path of this.all) if (this.#isCandidate(path)) return true;
    return false;
  }

  #isCandidate(path: SctpPath): boolean {
    return path.active && path.mtu.bytes >= this.#leastMtu && !(this.#skipDoubtful && path.doubtful);
  }

  #fill(): CandidateArrays {
    const c = this.#candidates;
    c.clear();
    for (const path of this.all) {
      if (!this.#isCandidate(path)) continue;
      const i = c.add(path.id);
      const srttMs = path.rto.srttMs > 0 ? path.rto.srttMs : path.checkSrttMs;
      c.srttMs[i] = srttMs;
      c.rttVarMs[i] = path.rto.rttVarMs;
      c.delayMs[i] = srttMs / 2;
      c.creditBytes[i] = path.creditBytes();
      c.windowBytes[i] = path.windowBytes;
      c.inFlightBytes[i] = path.inFlightBytes;
      c.rateBps[i] = path.rateBps(srttMs);
      c.pacingBps[i] = path.pacingBps(srttMs);
    }
    return c;
  }
}

const UNKNOWN_RTT_MS = 100;
