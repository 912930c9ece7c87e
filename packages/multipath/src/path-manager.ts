import { createPathSnapshot, type IceAgent, type IceEvent, type PathSnapshot } from '@hawser/ice-multipath';
import {
  CandidateArrays,
  type Instant,
  NEVER,
  NO_PATH,
  type PacketClass,
  type PathChooser,
  type PathId,
  type PathInfo,
  type PathState,
  type WindowControllerFactory,
} from '@hawser/wire';
import { ArrivalWatch } from './arrival-watch.ts';
import { type Backlog, NO_BACKLOG } from './backlog.ts';
import type { MultipathConfig } from './config.ts';
import { FeedbackTap } from './feedback-tap.ts';
import { OverdueWatch } from './overdue-watch.ts';
import { ActivePaths } from './path-candidates.ts';
import { PathChoice } from './path-choice.ts';
import { type PathRecord, PathRecords } from './path-records.ts';
import { PeerSending } from './peer-sending.ts';
import type { PacketHints } from './schedulers/packet-hints.ts';
import { SessionMeter } from './statistics/session-meter.ts';
import type { StreamCredit } from './stream-credit.ts';

/** Least a packet must be late before it counts as overdue: the timers of peers and of Node are no finer. */
const OVERDUE_FLOOR_MS = 10;

/** A packet of media is late after so many times the least delay of its path, and so much: jitter and the pause of reports. */
const LATE_FACTOR = 1.5;
const LATE_MARGIN_MS = 20;

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
  /** The active paths and the wary ones, which get nothing but copies. */
  readonly #copyCandidates = new CandidateArrays();
  /** Paths that answer again after a suspicion: duplicates only. */
  readonly #wary = new Set<PathId>();
  readonly #records: PathRecords;
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
  readonly #arrivals = new ArrivalWatch();
  readonly #choice: PathChoice;
  readonly #peerSending: PeerSending;
  readonly #mtuBytes: number;
  #config: MultipathConfig;
  #weighAt: Instant = NEVER;
  #primary: PathId = NO_PATH;

  readonly #sctpOverdue: OverdueWatch;
  readonly #mediaOverdue: OverdueWatch;

  /** Told by SCTP what arrived on which path. */
  readonly sctpFeedback: FeedbackTap;
  /** Told by transport-wide-cc. Apart, since a SACK says nothing of media packets and its report may be the earlier. */
  readonly mediaFeedback: FeedbackTap;
  /** What SCTP has waiting and may send; the session puts it in when there is an association. */
  backlog: Backlog = NO_BACKLOG;
  /** What the session measures beyond its single paths. */
  readonly meter = new SessionMeter();

  constructor(ice: IceAgent, config: MultipathConfig, mtuBytes: number, events: PathManagerEvents) {
    this.#ice = ice;
    this.#events = events;
    this.#config = config;
    this.#mtuBytes = mtuBytes;
    this.#records = new PathRecords(mtuBytes);
    this.#choice = new PathChoice(config, this.#records, {
      primary: () => this.#primary,
      isDoubtful: (path) => this.#wary.has(path),
      backlogBytes: (cls) => this.backlog.bytes(cls),
      peerWindowBytes: () => this.backlog.peerWindowBytes(),
    });
    this.#choice.latenessMs = (now, path) => this.latenessMs(now, path);
    const timing = { overdueAfterMs: (path: PathId) => this.overdueAfterMs(path) };
    const suspect = (now: Instant, path: PathId) =>
      this.#ice.suspect(now, path, 'feedback shows its latest packets missing');
    this.#sctpOverdue = new OverdueWatch(timing, suspect);
    this.#mediaOverdue = new OverdueWatch(timing, suspect);
    const measured = (now: Instant, { path, meter }: PathRecord, sentAt: Instant) => {
      ice.noteDataRtt(path, meter.feedbackMs, meter.feedbackVarMs);
      // Whole round trips: what moves together on the way back is shared, too.
      this.#choice.bottlenecks.handleArrived(now, path, sentAt, now);
    };
    this.sctpFeedback = new FeedbackTap(this.#sctpOverdue, this.#records, this.meter, measured);
    this.mediaFeedback = new FeedbackTap(this.#mediaOverdue, this.#records, this.meter, measured);
    this.#peerSending = new PeerSending({
      canSteer: () => this.#config.enabled && !ice.isHawserPeer,
      srttMs: (path) => (this.#active.has(path) ? (this.#records.find(path)?.srttMs ?? 0) : 0),
      other: (path) => this.second(path),
      steer: (now, path) => ice.steer(now, path),
    });
  }

  /** The chooser for whoever owns a window; it stays the same object when the scheduler changes. */
  get chooser(): PathChooser {
    return this.#choice.chooser;
  }

  /** What is known of the media packet in question: write it before `choose`. */
  get packet(): PacketHints {
    return this.#choice.packet;
  }

  /** After `copies`: the paths, as many as it said. */
  get copyPaths(): Int32Array {
    return this.#choice.copyPaths;
  }

  /** Makes the windows of SCTP's paths. */
  get windowController(): WindowControllerFactory {
    return this.#choice.windowController;
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

  record(path: PathId): PathRecord | undefined {
    return this.#records.find(path);
  }

  /** Whether the do-no-harm gate keeps the path out of use. */
  isHarmful(path: PathId): boolean {
    return this.#choice.isHarmful(path);
  }

  isActive(path: PathId): boolean {
    return this.#active.has(path);
  }

  /**
   * Milliseconds after sending at which a packet of media by `path` is late: it waits in a queue, or is lost. Apart from
   * `overdueAfterMs`, which gives a queue its time.
   */
  lateAfterMs(path: PathId): number {
    const record = this.#records.find(path);
    if (record === undefined) return NEVER;
    const byChecks = record.srttMs + Math.max(OVERDUE_FLOOR_MS, 4 * record.rttVarMs);
    return Math.max(byChecks, LATE_FACTOR * record.meter.feedbackLeastMs + LATE_MARGIN_MS);
  }

  /** How much later than without a queue the packets of media are that `path` carries now, ms. */
  latenessMs(now: Instant, path: PathId): number {
    return Math.max(0, now - this.#mediaOverdue.openSince(path) - this.lateAfterMs(path));
  }

  /** Takes a copy from the budget of redundancy; false when there is no room for it. */
  takeCopy(cls: PacketClass, bytes: number): boolean {
    return this.#choice.policy.takeCopy(cls, bytes);
  }

  /** Share of the bytes sent so far that are copies, 0 to 1. */
  get copyShare(): number {
    const { copiedBytes, uniqueBytes } = this.#choice.policy.redundancy;
    return copiedBytes > 0 ? copiedBytes / (copiedBytes + uniqueBytes) : 0;
  }

  weightOf(path: PathId): number {
    return this.#choice.weightOf(path);
  }

  /** Takes new settings; weights start anew only where their bounds changed. */
  configure(config: MultipathConfig): void {
    this.#config = config;
    this.#choice.configure(config);
  }

  /** What the peer's replay windows bear; the owner's own figure, where there is one, goes first. */
  setReorderBudget({ records, srtpPackets }: { readonly records: number; readonly srtpPackets: number }): void {
    const { recordSkew, mediaSkew } = this.#choice.policy;
    const own = this.#config.reorderBudgetPackets;
    recordSkew.budgetPackets = own === 'peer' ? records : own;
    mediaSkew.budgetPackets = own === 'peer' ? srtpPackets : own;
  }

  /** From here on nothing new is put on a path into a stream that is full. */
  limitBy(credit: StreamCredit): void {
    this.#choice.isFull = (path) => credit.isFull(path);
  }

  /** A path event of the agent. */
  handlePathEvent(now: Instant, event: PathEvent): void {
    const { path, state } = event;
    if (event.previous === undefined) this.#open(now, path);
    if (state === 'active') this.#activate(now, path);
    else this.#deactivate(path, state);
    if (state === 'wary') this.#wary.add(path);
    else this.#wary.delete(path);
    if (state === 'suspect') this.#peerSending.handleSuspect(now, path);
    this.#primary = this.#active.best(this.#primary);
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
    this.#peerSending.handleArrived(path);
  }

  /** Chooses the path for a packet that has no window (RTP, RTCP); `NO_PATH` while none is active. */
  choose(now: Instant, cls: PacketClass, bytes: number): PathId {
    return this.#choice.chooseForMedia(now, cls, bytes, this.#active);
  }

  /** Media waits for credit: data does not take it. */
  holdBackData(isHeldBack: boolean): void {
    this.#choice.holdBackData(isHeldBack);
  }

  /** A copy leaves by `path`: it counts against the path's rate as the first did. */
  noteCopyLeft(now: Instant, path: PathId, bytes: number): void {
    this.#records.find(path)?.pacer.spend(now, bytes);
  }

  /**
   * By how many further paths the packet that was chosen `first` for leaves as well, as the scheduler and the owner want it:
   * those in `copyPaths`.
   */
  copies(now: Instant, cls: PacketClass, bytes: number, first: PathId): number {
    const count = this.#choice.copies(now, cls, bytes, first, this.#forCopies());
    if (count > 0 || !this.#config.enabled || !this.#config.duplicateClasses.includes(cls)) return count;
    const second = this.second(first);
    if (second === NO_PATH) return 0;
    this.copyPaths[0] = second;
    return 1;
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
      if (path === first || this.#choice.isFull(path)) continue;
      const shared = this.#choice.sharedEnds(first, path);
      if (shared > fewest || (shared === fewest && this.#active.srttMs[i] >= lowest)) continue;
      fewest = shared;
      lowest = this.#active.srttMs[i];
      best = path;
    }
    for (const path of this.#wary) {
      if (path === first || this.#choice.sharedEnds(first, path) >= fewest) continue;
      fewest = this.#choice.sharedEnds(first, path);
      best = path;
    }
    return best;
  }

  /** Tells the state of every known path once more, to a layer that has just come. */
  publishAll(now: Instant): void {
    for (const path of this.#records.ids) this.#publish(now, path);
  }

  pollTimeout(): Instant {
    return Math.min(this.#weighAt, this.#arrivals.nextSilence(), this.#choice.pollTimeout());
  }

  handleTimeout(now: Instant): void {
    for (let path = this.#arrivals.takeSilent(now); path >= 0; path = this.#arrivals.takeSilent(now)) {
      // A browser may send on a path by which nothing of ours leaves.
      if (this.#active.has(path) || this.#peerSending.isOn(path)) this.#ice.probe(now, path);
    }
    if (this.#weighAt <= now) this.#weigh(now);
    if (this.#choice.pollTimeout() <= now) this.#choice.handleTimeout(now);
  }

  /** Fills `into` with the agent's snapshot of `path`; false when it is not known. */
  snapshot(path: PathId, into: PathSnapshot): boolean {
    if (!this.#records.has(path) || this.#ice.pathState(path) === undefined) return false;
    this.#ice.pathInfo(path, into);
    return true;
  }

  /**
   * Milliseconds after sending at which an unreported packet of `path` is overdue. By the checks, or by the packets themselves where
   * these are slower: they wait in queues that a check now and then misses.
   */
  overdueAfterMs(path: PathId): number {
    if (!this.snapshot(path, this.#snapshot)) return NEVER;
    const byChecks = this.#snapshot.srttMs + Math.max(OVERDUE_FLOOR_MS, 4 * this.#snapshot.rttVarMs);
    const meter = this.#records.find(path)?.meter;
    if (meter === undefined || meter.feedbackMs === 0) return byChecks;
    return Math.max(byChecks, meter.feedbackMs + Math.max(OVERDUE_FLOOR_MS, 4 * meter.feedbackVarMs));
  }

  close(): void {
    this.#weighAt = NEVER;
    this.#active.count = 0;
    this.#primary = NO_PATH;
    for (const path of this.#records.ids) this.#arrivals.forget(path);
  }

  #forCopies(): CandidateArrays {
    const candidates = this.#copyCandidates;
    candidates.clear();
    for (let i = 0; i < this.#active.count; i++) candidates.copy(this.#active, i);
    for (const path of this.#wary) candidates.add(path);
    return candidates;
  }

  #weigh(now: Instant): void {
    for (const path of this.#records.ids) {
      if (!this.#publish(now, path)) continue;
      this.#active.setSrtt(path, this.#info.srttMs);
    }
    this.#choice.handleInterval(now, this.#active);
    this.#primary = this.#active.best(this.#primary);
    this.#peerSending.handleMeasured(now, this.#primary);
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
    this.#choice.refresh(path, this.#snapshot);
    this.#events.onPath(now, path, info);
    return true;
  }

  #open(now: Instant, path: PathId): void {
    this.#records.add(now, path);
    if (this.snapshot(path, this.#snapshot)) this.#choice.open(path, this.#snapshot);
  }

  #activate(now: Instant, path: PathId): void {
    this.#active.activate(path, this.snapshot(path, this.#snapshot) ? this.#snapshot.srttMs : 0);
    this.#arrivals.handleArrived(now, path);
    this.#peerSending.handleActive(now, path);
  }

  #deactivate(path: PathId, state: PathState): void {
    this.#active.deactivate(path);
    this.#sctpOverdue.restart(path);
    this.#mediaOverdue.restart(path);
    if (state !== 'standby') this.#arrivals.forget(path);
  }

  #forget(path: PathId): void {
    this.#records.remove(path);
    this.#choice.forget(path);
    this.#sctpOverdue.forget(path);
    this.#mediaOverdue.forget(path);
    this.#peerSending.forget(path);
  }
}
