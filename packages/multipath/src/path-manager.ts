import { createPathSnapshot, type IceAgent, type IceEvent, type PathSnapshot } from '@hawser/ice-multipath';
import {
  type Instant,
  NEVER,
  NO_PATH,
  type PacketClass,
  type PathChooser,
  type PathId,
  type PathInfo,
  type PathState,
} from '@hawser/wire';
import { ArrivalWatch } from './arrival-watch.ts';
import type { MultipathConfig } from './config.ts';
import { OverdueWatch } from './overdue-watch.ts';
import { ActivePaths } from './path-candidates.ts';
import { PathEnds } from './path-ends.ts';
import { PathRecords } from './path-records.ts';
import { PathSelector } from './path-selector.ts';
import type { Scheduler } from './schedulers/scheduler.ts';
import { createScheduler } from './scheduling.ts';
import type { StreamCredit } from './stream-credit.ts';
import { PathWeights } from './weights.ts';

/** Least a packet must be late before it counts as overdue: the timers of peers and of Node are no finer. */
const OVERDUE_FLOOR_MS = 10;

/** What the path manager tells the session. */
export interface PathManagerEvents {
  /** A path is in another state, or its measurements were refreshed. `info` is borrowed for the call. */
  onPath(now: Instant, path: PathId, info: Readonly<PathInfo>): void;
}

type PathEvent = Extract<IceEvent, { type: 'path' }>;

/**
 * Which path gets what. It follows the ICE agent's path table, measures and weighs the active paths, chooses a path for
 * every packet, suspects paths from feedback, probes those that fall silent, and steers a browser's sending away from a
 * suspect path.
 */
export class PathManager {
  readonly #ice: IceAgent;
  readonly #events: PathManagerEvents;
  readonly #active = new ActivePaths();
  /** Paths that answer again after a suspicion: duplicates only. */
  readonly #wary = new Set<PathId>();
  readonly #records: PathRecords;
  /** Second copies received, by path. */
  readonly #duplicates: ({ packets: number; bytes: number } | undefined)[] = [];
  readonly #snapshot = createPathSnapshot();
  readonly #info: PathInfo = {
    state: 'standby',
    mtuBytes: 0,
    srttMs: 0,
    rttVarMs: 0,
    lossRatio: 0,
    egress: undefined,
    cost: 0,
  };
  readonly #ends = new PathEnds();
  readonly #arrivals = new ArrivalWatch();
  readonly #selector: PathSelector;
  readonly #mtuBytes: number;
  #config: MultipathConfig;
  #weights: PathWeights;
  #weighAt: Instant = NEVER;
  #primary: PathId = NO_PATH;
  /** The path by which the peer's data came last. */
  #peerSendsOn: PathId = NO_PATH;
  /** The browser is to be moved to the next path that becomes active. */
  #steerToNext = false;
  /** Where the browser is being moved, until its data comes by another path than before. */
  #steeringTo: PathId = NO_PATH;

  /** Told by SCTP what arrived on which path. */
  readonly sctpFeedback: OverdueWatch;
  /** Told by transport-wide-cc. Apart, since a SACK says nothing of media packets and its report may be the earlier. */
  readonly mediaFeedback: OverdueWatch;

  constructor(ice: IceAgent, config: MultipathConfig, mtuBytes: number, events: PathManagerEvents) {
    this.#ice = ice;
    this.#events = events;
    this.#config = config;
    this.#mtuBytes = mtuBytes;
    this.#weights = new PathWeights(config);
    this.#records = new PathRecords(mtuBytes);
    this.#selector = new PathSelector(this.#records, this.#createScheduler());
    const timing = { overdueAfterMs: (path: PathId) => this.#overdueAfterMs(path) };
    const suspect = (now: Instant, path: PathId) =>
      this.#ice.suspect(now, path, 'feedback shows its latest packets missing');
    this.sctpFeedback = new OverdueWatch(timing, suspect);
    this.mediaFeedback = new OverdueWatch(timing, suspect);
  }

  /** The chooser for whoever owns a window; it stays the same object when the scheduler changes. */
  get chooser(): PathChooser {
    return this.#selector;
  }

  /** The best active path, or `NO_PATH`. */
  get primary(): PathId {
    return this.#primary;
  }

  get activeCount(): number {
    return this.#active.count;
  }

  /** Known paths, in the order in which they were validated. */
  get paths(): IterableIterator<PathId> {
    return this.#records.ids;
  }

  weightOf(path: PathId): number {
    return this.#weights.of(path);
  }

  /** Takes new settings; weights start anew only where their bounds changed. */
  configure(config: MultipathConfig): void {
    const old = this.#config;
    this.#config = config;
    if (
      old.initialWeight !== config.initialWeight ||
      old.minWeight !== config.minWeight ||
      old.maxWeight !== config.maxWeight
    ) {
      this.#weights = new PathWeights(config);
    }
    if (old.enabled !== config.enabled || old.scheduler !== config.scheduler) {
      this.#selector.scheduler = this.#createScheduler();
    }
  }

  /** From here on nothing new is put on a path into a stream that is full. */
  limitBy(credit: StreamCredit): void {
    this.#selector.isFull = (path) => credit.isFull(path);
  }

  /** A path event of the agent. */
  handlePathEvent(now: Instant, event: PathEvent): void {
    const { path, state } = event;
    if (event.previous === undefined) this.#open(path);
    if (state === 'active') this.#activate(now, path);
    else this.#deactivate(path, state);
    if (state === 'wary') this.#wary.add(path);
    else this.#wary.delete(path);
    if (state === 'suspect') this.#steerAway(now, path);
    this.#choosePrimary();
    if (state === 'discarded') {
      this.#info.state = state;
      this.#events.onPath(now, path, this.#info);
      this.#forget(path);
    } else this.#publish(now, path);
    if (this.#weighAt === NEVER && this.#active.count > 0) this.#weighAt = now + this.#config.weightUpdateInterval;
  }

  /** A packet that is not STUN came by `path`. */
  noteArrived(now: Instant, path: PathId): void {
    this.#arrivals.handleArrived(now, path);
    this.#peerSendsOn = path;
    this.#steerToNext = false;
    this.#steeringTo = NO_PATH;
  }

  /** A second copy came by `path`: for the statistics only. */
  noteDuplicate(path: PathId, bytes: number): void {
    const seen = this.#duplicates[path] ?? { packets: 0, bytes: 0 };
    this.#duplicates[path] = seen;
    seen.packets++;
    seen.bytes += bytes;
  }

  /** Chooses the path for a packet that has no window (RTP, RTCP); `NO_PATH` while none is active. */
  choose(now: Instant, cls: PacketClass, bytes: number): PathId {
    return this.#selector.chooseForMedia(now, cls, bytes, this.#active);
  }

  /** Media waits for credit: data does not take it. */
  holdBackData(isHeldBack: boolean): void {
    this.#selector.isHeldBack = isHeldBack;
  }

  /** A copy leaves by `path`: it counts against the path's rate as the first did. */
  noteCopyLeft(now: Instant, path: PathId, bytes: number): void {
    this.#records.find(path)?.pacer.spend(now, bytes);
  }

  /** Whether packets of this class leave twice now. */
  isDuplicated(cls: PacketClass): boolean {
    if (!this.#config.enabled) return false;
    return this.#config.scheduler === 'redundant' || this.#config.duplicateClasses.includes(cls);
  }

  /**
   * The path for a second copy of what left by `first`: of the other active ones that share the fewest ends with it the
   * fastest; a wary one where that shares fewer still; else `NO_PATH`.
   */
  second(first: PathId): PathId {
    let best = NO_PATH;
    let fewest = Number.POSITIVE_INFINITY;
    let lowest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#active.count; i++) {
      const path = this.#active.ids[i];
      if (path === first || this.#selector.isFull(path)) continue;
      const shared = this.#ends.shared(first, path);
      if (shared > fewest || (shared === fewest && this.#active.srttMs[i] >= lowest)) continue;
      fewest = shared;
      lowest = this.#active.srttMs[i];
      best = path;
    }
    for (const path of this.#wary) {
      if (path === first || this.#ends.shared(first, path) >= fewest) continue;
      fewest = this.#ends.shared(first, path);
      best = path;
    }
    return best;
  }

  /** Tells the state of every known path once more, to a layer that has just come. */
  publishAll(now: Instant): void {
    for (const path of this.#records.ids) this.#publish(now, path);
  }

  pollTimeout(): Instant {
    return Math.min(this.#weighAt, this.#arrivals.nextSilence(), this.#selector.wakeAt);
  }

  handleTimeout(now: Instant): void {
    for (let path = this.#arrivals.takeSilent(now); path >= 0; path = this.#arrivals.takeSilent(now)) {
      // A browser may send on a path by which nothing of ours leaves.
      if (this.#active.has(path) || path === this.#peerSendsOn) this.#ice.probe(now, path);
    }
    if (this.#weighAt <= now) this.#weigh(now);
    if (this.#selector.wakeAt <= now) this.#selector.wake();
  }

  /** Fills `into` with the agent's snapshot of `path`, second copies counted in; false when it is not known. */
  snapshot(path: PathId, into: PathSnapshot): boolean {
    if (!this.#records.has(path) || this.#ice.pathState(path) === undefined) return false;
    this.#ice.pathInfo(path, into);
    into.packetsReceived += this.#duplicates[path]?.packets ?? 0;
    into.bytesReceived += this.#duplicates[path]?.bytes ?? 0;
    return true;
  }

  close(): void {
    this.#weighAt = NEVER;
    this.#active.count = 0;
    this.#primary = NO_PATH;
    for (const path of this.#records.ids) this.#arrivals.forget(path);
  }

  #weigh(now: Instant): void {
    for (const path of this.#records.ids) {
      if (!this.#publish(now, path)) continue;
      this.#weights.update(path, this.#info.srttMs, this.#info.lossRatio);
      this.#active.setSrtt(path, this.#info.srttMs);
    }
    this.#choosePrimary();
    this.#weighAt = this.#active.count > 0 ? now + this.#config.weightUpdateInterval : NEVER;
  }

  /** Reads the path's numbers from the agent and passes them on. */
  #publish(now: Instant, path: PathId): boolean {
    if (!this.snapshot(path, this.#snapshot)) return false;
    const info = this.#info;
    info.state = this.#snapshot.state;
    info.mtuBytes = this.#mtuBytes;
    info.srttMs = this.#snapshot.srttMs;
    info.rttVarMs = this.#snapshot.rttVarMs;
    info.lossRatio = Math.max(this.#snapshot.loss, this.#snapshot.dataLoss);
    info.egress = this.#snapshot.egress;
    info.cost = this.#snapshot.cost;
    this.#records.find(path)?.measure(info);
    this.#events.onPath(now, path, info);
    return true;
  }

  #open(path: PathId): void {
    this.#records.add(path);
    if (this.snapshot(path, this.#snapshot)) this.#ends.note(path, this.#snapshot);
  }

  #activate(now: Instant, path: PathId): void {
    this.#active.activate(path, this.snapshot(path, this.#snapshot) ? this.#snapshot.srttMs : 0);
    this.#arrivals.handleArrived(now, path);
    if (!this.#steerToNext) return;
    this.#steerToNext = false;
    this.#steer(now, path);
  }

  #deactivate(path: PathId, state: PathState): void {
    this.#active.deactivate(path);
    this.sctpFeedback.restart(path);
    this.mediaFeedback.restart(path);
    if (state !== 'standby') this.#arrivals.forget(path);
  }

  #forget(path: PathId): void {
    this.#records.remove(path);
    this.#duplicates[path] = undefined;
    this.#ends.forget(path);
    this.sctpFeedback.forget(path);
    this.mediaFeedback.forget(path);
    this.#weights.forget(path);
    this.#selector.scheduler.forget?.(path);
    if (this.#peerSendsOn === path) this.#peerSendsOn = NO_PATH;
  }

  /**
   * A browser sends on one path and stays on it for seconds after it died: move it (browser rules S1, S2), to the next path
   * that becomes active where no other is. Where the path that it is being moved to dies too, it is moved again.
   */
  #steerAway(now: Instant, path: PathId): void {
    if (!this.#config.enabled || this.#ice.isHawserPeer) return;
    if (path !== this.#peerSendsOn && path !== this.#steeringTo) return;
    const target = this.second(path);
    if (target === NO_PATH) this.#steerToNext = true;
    else this.#steer(now, target);
  }

  #steer(now: Instant, path: PathId): void {
    this.#steeringTo = path;
    this.#ice.steer(now, path);
  }

  /** The best path is the fastest; another replaces it only when it is a fifth faster, so that noise does not flap it. */
  #choosePrimary(): void {
    let best = this.#active.has(this.#primary) ? this.#primary : NO_PATH;
    let lowest = best === NO_PATH ? Number.POSITIVE_INFINITY : this.#srttOf(best) * 0.8;
    for (let i = 0; i < this.#active.count; i++) {
      if (this.#active.srttMs[i] < lowest) {
        lowest = this.#active.srttMs[i];
        best = this.#active.ids[i];
      }
    }
    this.#primary = best;
  }

  #srttOf(path: PathId): number {
    for (let i = 0; i < this.#active.count; i++) if (this.#active.ids[i] === path) return this.#active.srttMs[i];
    return 0;
  }

  #createScheduler(): Scheduler {
    return createScheduler(this.#config.enabled ? this.#config.scheduler : 'single', {
      weightOf: (path) => this.#weights.of(path),
      sharedEnds: (a, b) => this.#ends.shared(a, b),
      primary: () => this.#primary,
      isDoubtful: (path) => this.#wary.has(path),
    });
  }

  #overdueAfterMs(path: PathId): number {
    if (!this.snapshot(path, this.#snapshot)) return NEVER;
    return this.#snapshot.srttMs + Math.max(OVERDUE_FLOOR_MS, 4 * this.#snapshot.rttVarMs);
  }
}
