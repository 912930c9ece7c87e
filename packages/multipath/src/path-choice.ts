import { BottleneckDetector, PathCoupling } from '@hawser/congestion';
import type { PathSnapshot } from '@hawser/ice-multipath';
import {
  type Instant,
  NEVER,
  PacketClass,
  type PathCandidates,
  type PathChooser,
  type PathId,
  type WindowControllerFactory,
} from '@hawser/wire';
import type { MultipathConfig } from './config.ts';
import { PathEnds } from './path-ends.ts';
import { PathPolicy } from './path-policy.ts';
import type { PathRecords } from './path-records.ts';
import { PathSelector } from './path-selector.ts';
import { DoNoHarmGate } from './policy/do-no-harm.ts';
import { RateWeights } from './policy/rate-weights.ts';
import { PacketHints } from './schedulers/packet-hints.ts';
import { SCHEDULERS } from './schedulers/registry.ts';
import type { Scheduler } from './schedulers/scheduler.ts';
import { PathWeights } from './weights.ts';

/** Between two judgements of the gate. */
const GATE_INTERVAL_MS = 500;
/** Pacers spread what a window lets out. */
const PACED = { paced: true } as const;

/** What the choice asks of the path manager and of SCTP. */
export interface PathChoiceServices {
  primary(): PathId;
  /** Answers again after a suspicion: copies only. */
  isDoubtful(path: PathId): boolean;
  /** Bytes of the class that wait to be sent; Infinity while unknown. */
  backlogBytes(cls: PacketClass): number;
  /** Bytes that the peer's receive window lets be outstanding; Infinity while unknown. */
  peerWindowBytes(): number;
}

/**
 * By which path a packet leaves, and by which others its copies: the scheduler in force, what it weighs by, and what bounds
 * it, with the settings of the session.
 */
export class PathChoice {
  /** What is known of the media packet in question: write it before the choice. */
  readonly packet = new PacketHints();
  readonly policy: PathPolicy;
  /** How much later than without a queue the packets of media are that the path carries now, ms. */
  latenessMs: (now: Instant, path: PathId) => number = () => 0;
  /** The connection below a path takes no more for now. */
  isFull: (path: PathId) => boolean = () => false;
  readonly #records: PathRecords;
  readonly #services: PathChoiceServices;
  readonly #ends = new PathEnds();
  /** Finds paths that share a bottleneck beyond our own interfaces, by how their delays move. */
  readonly bottlenecks = new BottleneckDetector();
  /** SCTP's windows: CUBIC for a path that has its bottleneck to itself, OLIA for those that share one. */
  readonly #windows = new PathCoupling(PACED);
  readonly #selector: PathSelector;
  #config: MultipathConfig;
  #gate: DoNoHarmGate | undefined;
  #gateAt: Instant = NEVER;
  #gatedAt: Instant = 0;
  #byRtt: PathWeights;
  #byRate: RateWeights;

  constructor(config: MultipathConfig, records: PathRecords, services: PathChoiceServices) {
    this.#config = config;
    this.#records = records;
    this.#services = services;
    this.#byRtt = new PathWeights(config);
    this.#byRate = new RateWeights(config);
    this.#gate = hasGate(config) ? new DoNoHarmGate() : undefined;
    this.policy = new PathPolicy(config, {
      isDoubtful: (path) => services.isDoubtful(path),
      isFull: (path) => this.isFull(path),
      isHarmful: (path) => this.isHarmful(path),
    });
    this.#selector = new PathSelector(records, this.policy, this.packet, this.#createScheduler());
    this.#selector.latenessMs = (now, path) => this.latenessMs(now, path);
  }

  /** The chooser for whoever owns a window; it stays the same object when the scheduler changes. */
  get chooser(): PathChooser {
    return this.#selector;
  }

  /** After `copies`: the paths, as many as it said. */
  get copyPaths(): Int32Array {
    return this.#selector.copyPaths;
  }

  weightOf(path: PathId): number {
    return this.#config.weightFormula === 'rate' ? this.#byRate.of(path) : this.#byRtt.of(path);
  }

  /** Whether the gate keeps the path out of use. */
  isHarmful(path: PathId): boolean {
    return this.#gate?.isHarmful(path) ?? false;
  }

  sharedEnds(a: PathId, b: PathId): number {
    return this.#ends.shared(a, b);
  }

  /** Takes new settings; what was learned starts anew only where its terms changed. */
  configure(config: MultipathConfig): void {
    const old = this.#config;
    this.#config = config;
    this.policy.configure(old, config);
    if (
      old.initialWeight !== config.initialWeight ||
      old.minWeight !== config.minWeight ||
      old.maxWeight !== config.maxWeight
    ) {
      this.#byRtt = new PathWeights(config);
      this.#byRate = new RateWeights(config);
    }
    if (hasGate(old) !== hasGate(config)) this.#gate = hasGate(config) ? new DoNoHarmGate() : undefined;
    if (old.enabled !== config.enabled || old.scheduler !== config.scheduler) {
      this.#selector.scheduler = this.#createScheduler();
    }
  }

  /** A path was validated. */
  open(path: PathId, snapshot: PathSnapshot): void {
    this.#ends.note(path, snapshot);
    this.policy.rules.set(path, this.#config.pathRule?.(snapshot));
  }

  /** What is known of its ends may be another thing now: its interface was learned. */
  refresh(path: PathId, snapshot: PathSnapshot): void {
    if (this.#ends.note(path, snapshot)) this.#place(path);
  }

  /** Forgets `path`: its number will name another pair. */
  forget(path: PathId): void {
    this.#ends.forget(path);
    this.#windows.remove(path);
    this.bottlenecks.remove(path);
    this.policy.forget(path);
    this.#byRtt.forget(path);
    this.#byRate.forget(path);
    this.#gate?.forget(path);
    this.#selector.scheduler.forget?.(path);
  }

  /** The path of a media packet, of which `packet` tells; `NO_PATH` = wait. */
  chooseForMedia(now: Instant, cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    return this.#selector.chooseForMedia(now, cls, bytes, candidates);
  }

  /** By how many further paths, those in `copyPaths`, a packet that leaves by `first` leaves as well. */
  copies(now: Instant, cls: PacketClass, bytes: number, first: PathId, others: PathCandidates): number {
    return this.#config.enabled ? this.#selector.copies(now, cls, bytes, first, others) : 0;
  }

  /** Media waits for credit: data does not take it. */
  holdBackData(isHeldBack: boolean): void {
    this.#selector.isHeldBack = isHeldBack;
  }

  pollTimeout(): Instant {
    return this.#selector.wakeAt;
  }

  handleTimeout(now: Instant): void {
    this.#selector.wake(now);
  }

  /** The interval of the weights is over: the active paths are weighed and, now and then, judged. */
  handleInterval(now: Instant, active: PathCandidates): void {
    for (const record of this.#records.all) {
      record.meter.measure(now);
      this.#place(record.path);
      this.#byRtt.update(record.path, record.srttMs, record.lossRatio);
      this.#byRate.update(record.path, record.rateBps, record.lossRatio);
    }
    if (this.#gateAt > now && this.#gateAt !== NEVER) return;
    if (this.#gateAt !== NEVER && this.#gate !== undefined) this.#judge(now, this.#gate, active);
    this.#gatedAt = now;
    this.#gateAt = now + GATE_INTERVAL_MS;
  }

  /** Makes the window of a path, anew when it comes back from a failure. */
  readonly windowController: WindowControllerFactory = (path, mtuBytes) => {
    const window = this.#windows.controller(path, mtuBytes);
    this.#place(path);
    return window;
  };

  #place(path: PathId): void {
    this.#windows.place(path, this.#sharedBy(path));
  }

  /** What a path shares with others: its interface, or the bottleneck of the first path that its delays move with. */
  #sharedBy(path: PathId): string | undefined {
    for (const other of this.#records.ids) {
      if (other === path) break;
      if (this.bottlenecks.shares(other, path)) return this.#ends.local(other);
    }
    return this.#ends.local(path);
  }

  #judge(now: Instant, gate: DoNoHarmGate, active: PathCandidates): void {
    let windowBytes = 0;
    for (let i = 0; i < active.count; i++) {
      const record = this.#records.find(active.ids[i]);
      if (record === undefined) continue;
      const { interval } = record.meter;
      gate.note(
        record.path,
        interval.deliveredBytes,
        interval.delays.count,
        interval.delays.quantile(0.95),
        record.rateBps,
      );
      windowBytes += record.windowBytes;
      record.meter.restartInterval();
    }
    gate.handleInterval(now, now - this.#gatedAt, this.#isBacklogged(windowBytes));
  }

  /** More waits than all windows together let out: what counts is how much arrives, not how soon. */
  #isBacklogged(windowBytes: number): boolean {
    return windowBytes > 0 && this.#services.backlogBytes(PacketClass.data) > 2 * windowBytes;
  }

  #createScheduler(): Scheduler {
    const { enabled, scheduler } = this.#config;
    const factory = !enabled ? SCHEDULERS.single : typeof scheduler === 'function' ? scheduler : SCHEDULERS[scheduler];
    return factory({
      weightOf: (path) => this.weightOf(path),
      sharedEnds: (a, b) => this.#ends.shared(a, b),
      primary: () => this.#services.primary(),
      isDoubtful: (path) => this.#services.isDoubtful(path),
      priorityOf: (path) => this.policy.rules.priorityOf(path),
      packet: this.packet,
      backlogBytes: (cls) => this.#services.backlogBytes(cls),
      peerWindowBytes: () => this.#services.peerWindowBytes(),
      mayCopy: (_now, cls, bytes) => this.policy.takeCopy(cls, bytes),
    });
  }
}

/** The gate judges for the scheduler that chooses by itself; who asks for another gets what they asked for. */
function hasGate({ doNoHarm, enabled, scheduler }: MultipathConfig): boolean {
  return doNoHarm && enabled && scheduler === 'auto';
}
