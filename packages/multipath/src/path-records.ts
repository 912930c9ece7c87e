import type { Instant, PathId, PathInfo } from '@hawser/wire';
import { PathPacer } from './pacing/path-pacer.ts';
import { PathMeter } from './statistics/path-meter.ts';

/** What the session keeps of a path beyond the agent's snapshot: what it measures, and how fast it may send. */
export class PathRecord {
  readonly path: PathId;
  readonly pacer: PathPacer;
  readonly meter: PathMeter;
  srttMs = 0;
  rttVarMs = 0;
  /** Share of lost checks and packets, 0 to 1. */
  lossRatio = 0;
  /** One way, ms; 0 while the directions cannot be told apart. */
  delayMs = 0;
  /** Bit/s that the media's rate control gives it; 0 without one. */
  mediaRateBps = 0;
  /** Bit/s of a window in a round trip, and the window; 0 while no window is known. */
  windowRateBps = 0;
  windowBytes = 0;
  #windowPacingBps = 0;
  #mediaPacingBps = 0;

  constructor(now: Instant, path: PathId, packetBytes: number) {
    this.path = path;
    this.meter = new PathMeter(now);
    this.pacer = new PathPacer(packetBytes);
  }

  /** Whether media is spread over time on this path, too. */
  get isMediaPaced(): boolean {
    return this.#mediaPacingBps > 0;
  }

  /** What the agent measured. */
  measure({ srttMs, rttVarMs, lossRatio }: Readonly<PathInfo>): void {
    this.srttMs = srttMs;
    this.rttVarMs = rttVarMs;
    this.lossRatio = lossRatio;
    this.meter.handleRtt(srttMs);
  }

  /** Bit/s that the path is believed to carry, by whoever knows best; 0 while unknown. */
  get rateBps(): number {
    return Math.max(this.windowRateBps, this.mediaRateBps);
  }

  /** What the owner of a window says of it. @param pacingBps 0 = it does not mind */
  handleWindow(now: Instant, rateBps: number, pacingBps: number, windowBytes: number): void {
    this.windowRateBps = rateBps;
    this.windowBytes = windowBytes;
    if (pacingBps === this.#windowPacingBps) return;
    this.#windowPacingBps = pacingBps;
    this.#pace(now);
  }

  /** The rate control of the media wants its packets spread at this rate; 0 = there is none. */
  paceMedia(now: Instant, bps: number): void {
    if (bps === this.#mediaPacingBps) return;
    this.#mediaPacingBps = bps;
    this.#pace(now);
  }

  #pace(now: Instant): void {
    const bps = this.#windowPacingBps + this.#mediaPacingBps;
    this.pacer.setRate(now, bps > 0 ? bps : Number.POSITIVE_INFINITY);
  }
}

/** The records of all known paths, in the order in which they were validated. */
export class PathRecords {
  readonly #byPath = new Map<PathId, PathRecord>();
  readonly #packetBytes: number;

  /** @param packetBytes the largest packet */
  constructor(packetBytes: number) {
    this.#packetBytes = packetBytes;
  }

  get ids(): IterableIterator<PathId> {
    return this.#byPath.keys();
  }

  get all(): IterableIterator<PathRecord> {
    return this.#byPath.values();
  }

  has(path: PathId): boolean {
    return this.#byPath.has(path);
  }

  find(path: PathId): PathRecord | undefined {
    return this.#byPath.get(path);
  }

  add(now: Instant, path: PathId): PathRecord {
    const record = new PathRecord(now, path, this.#packetBytes);
    this.#byPath.set(path, record);
    return record;
  }

  remove(path: PathId): void {
    this.#byPath.delete(path);
  }
}
