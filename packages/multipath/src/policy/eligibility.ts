import { CandidateArrays, type Instant, PacketClass, type PathCandidates, type PathId } from '@hawser/wire';
import { delayMs, rateBps } from './delivery.ts';
import type { PathPriority } from './path-rules.ts';

/** What the filter asks of each path. Those with a `?` may be missing: then nothing is refused by them. */
export interface EligibilityServices {
  /** Suspect, or not trusted again yet. */
  isDoubtful(path: PathId): boolean;
  /** Missing: every path is `normal`. */
  priorityOf?(path: PathId): PathPriority;
  /** Whether the owner's rules (classes, byte caps) let a packet of `cls` leave by the path. */
  allows?(path: PathId, cls: PacketClass): boolean;
  /** The connection below takes packets. */
  isWritable?(path: PathId): boolean;
  /** The do-no-harm gate keeps the path out. */
  isHarmful?(path: PathId): boolean;
  /** Milliseconds that a path may lag behind the fastest: the peer's reorder budget. */
  allowedSkewMs?(now: Instant, cls: PacketClass): number;
}

/** What speaks against a path, from the least to the worst. The paths against which the least speaks are eligible. */
const SOUND = 0;
const HARMFUL = 1;
const METERED = 2;
const BACKUP = 3;
const DOUBTFUL = 4;
const FORBIDDEN = 5;

/**
 * Which of the candidates a packet may take at all, before a scheduler chooses among them.
 *
 * - What the owner forbids (class, byte cap) and what takes no packets is out, whatever else there is.
 * - Of the rest, only those stay against which the least speaks: nothing; the gate; metered, for video and data; backup;
 *   doubtful. So a backup path comes in when every other is doubtful, and a doubtful one when there is no other: where the
 *   owner allows any path, one is left.
 * - Of these, those are out that lag further behind the fastest, queue included, than the reorder budget allows.
 *
 * Credit plays no part: a packet waits for the paths that it should take rather than leave by one that it should not.
 */
export class Eligibility {
  readonly #services: EligibilityServices;
  readonly #eligible: CandidateArrays;
  readonly #faults: Uint8Array;

  /** @param capacity most candidates at once; more are not looked at */
  constructor(services: EligibilityServices, capacity = 256) {
    this.#services = services;
    this.#eligible = new CandidateArrays(capacity);
    this.#faults = new Uint8Array(capacity);
  }

  /** The candidates that are eligible. Valid until the next call. */
  filter(now: Instant, cls: PacketClass, candidates: PathCandidates): CandidateArrays {
    const eligible = this.#eligible;
    const faults = this.#faults;
    const count = Math.min(candidates.count, faults.length);
    eligible.clear();
    let least = FORBIDDEN;
    for (let i = 0; i < count; i++) {
      faults[i] = this.#faultOf(candidates.ids[i], cls);
      least = Math.min(least, faults[i]);
    }
    if (least === FORBIDDEN) return eligible;
    let fastestMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < count; i++) {
      if (faults[i] === least) fastestMs = Math.min(fastestMs, lagMs(candidates, i));
    }
    const latestMs = fastestMs + (this.#services.allowedSkewMs?.(now, cls) ?? Number.POSITIVE_INFINITY);
    for (let i = 0; i < count; i++) {
      // The fastest stays even where the budget is not a number.
      const lag = lagMs(candidates, i);
      if (faults[i] === least && (lag === fastestMs || lag <= latestMs)) eligible.copy(candidates, i);
    }
    return eligible;
  }

  #faultOf(path: PathId, cls: PacketClass): number {
    const services = this.#services;
    if (services.isWritable?.(path) === false || services.allows?.(path, cls) === false) return FORBIDDEN;
    if (services.isDoubtful(path)) return DOUBTFUL;
    const priority = services.priorityOf?.(path) ?? 'normal';
    if (priority === 'backup') return BACKUP;
    if (priority === 'metered' && isBulk(cls)) return METERED;
    return services.isHarmful?.(path) === true ? HARMFUL : SOUND;
  }
}

function isBulk(cls: PacketClass): boolean {
  return cls === PacketClass.data || cls === PacketClass.videoKey || cls === PacketClass.videoDelta;
}

/** Delay and queue of the path at index `i`, ms: what it lags behind one without either. */
function lagMs(candidates: PathCandidates, i: number): number {
  const rate = rateBps(candidates, i);
  const queueMs = rate > 0 ? (Math.max(0, candidates.queueBytes[i]) * 8000) / rate : 0;
  const lag = delayMs(candidates, i) + queueMs;
  return lag >= 0 ? lag : Number.POSITIVE_INFINITY;
}
