import type { Instant, PacketClass, PathCandidates, PathId } from '@hawser/wire';
import type { MultipathConfig } from './config.ts';
import { Eligibility } from './policy/eligibility.ts';
import { PathRules } from './policy/path-rules.ts';
import { RedundancyBudget } from './policy/redundancy-budget.ts';
import { ReorderBudget } from './policy/reorder-budget.ts';

/** What the policy asks of the session. */
export interface PathPolicyServices {
  isDoubtful(path: PathId): boolean;
  /** The connection below takes no more for now. */
  isFull(path: PathId): boolean;
  /** The do-no-harm gate keeps the path out. */
  isHarmful(path: PathId): boolean;
}

/**
 * What bounds the schedulers, whichever is in force: the owner's rules for paths, how far paths in use may be apart for the
 * peer's replay windows, and how much redundancy may cost.
 */
export class PathPolicy {
  readonly rules = new PathRules();
  /** The peer's DTLS replay window: what data and control may be apart. */
  readonly recordSkew = new ReorderBudget(Number.POSITIVE_INFINITY);
  /** The peer's SRTP replay window. */
  readonly mediaSkew = new ReorderBudget(Number.POSITIVE_INFINITY);
  /** The packet in question is SRTP, and not a record of DTLS. */
  isMedia = false;
  readonly #eligibility: Eligibility;
  #budget: RedundancyBudget;

  constructor(config: MultipathConfig, services: PathPolicyServices) {
    this.#budget = new RedundancyBudget(config.redundancyBudget);
    this.#eligibility = new Eligibility({
      isDoubtful: (path) => services.isDoubtful(path),
      isWritable: (path) => !services.isFull(path),
      isHarmful: (path) => services.isHarmful(path),
      priorityOf: (path) => this.rules.priorityOf(path),
      allows: (path, cls) => this.rules.allows(path, cls),
      allowedSkewMs: (now) => this.#skew.allowedSkewMs(now),
    });
  }

  /** What redundancy has cost. */
  get redundancy(): Readonly<RedundancyBudget['counters']> {
    return this.#budget.counters;
  }

  /** Takes new settings: what was saved up of the budget is kept while its terms are the same. */
  configure(old: MultipathConfig, config: MultipathConfig): void {
    if (old.redundancyBudget !== config.redundancyBudget) this.#budget = new RedundancyBudget(config.redundancyBudget);
  }

  /** The candidates that a packet may take at all. Valid until the next call. */
  eligible(now: Instant, cls: PacketClass, candidates: PathCandidates): PathCandidates {
    return this.#eligibility.filter(now, cls, candidates);
  }

  /** Whether the owner lets a copy of that class leave by the path. */
  allowsCopy(path: PathId, cls: PacketClass): boolean {
    return this.rules.allows(path, cls) && this.rules.priorityOf(path) !== 'backup';
  }

  /** Takes a copy from the budget; false when there is no room for it. */
  takeCopy(cls: PacketClass, bytes: number): boolean {
    return this.#budget.take(cls, bytes);
  }

  /** The first copy of a packet leaves by `path`. */
  handleSent(now: Instant, path: PathId, bytes: number): void {
    this.rules.handleSent(path, bytes);
    this.#budget.handleSent(now, bytes);
    this.#skew.handleSent(now);
  }

  /** Another copy leaves by `path`. */
  handleCopySent(path: PathId, bytes: number): void {
    this.rules.handleSent(path, bytes);
  }

  forget(path: PathId): void {
    this.rules.forget(path);
  }

  get #skew(): ReorderBudget {
    return this.isMedia ? this.mediaSkew : this.recordSkew;
  }
}
