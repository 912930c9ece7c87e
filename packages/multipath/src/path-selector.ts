import {
  CandidateArrays,
  type Instant,
  NEVER,
  NO_PATH,
  PacketClass,
  type PathCandidates,
  type PathChooser,
  type PathId,
} from '@hawser/wire';
import type { PathPolicy } from './path-policy.ts';
import type { PathRecords } from './path-records.ts';
import type { PacketHints } from './schedulers/packet-hints.ts';
import type { Scheduler } from './schedulers/scheduler.ts';

/**
 * Puts together what a scheduler chooses from: the numbers of whoever owns a window, the pacer's credit, what the session
 * measured, and what its policy leaves. It is also the chooser that SCTP is given: the decision is made once, here, and is
 * final down to the socket.
 */
export class PathSelector implements PathChooser {
  /** The scheduler in force. */
  scheduler: Scheduler;
  /** More urgent packets wait for credit: what SCTP has to send must not take it from them. */
  isHeldBack = false;
  /** How much later than without a queue the packets of media are that the path carries now, ms. */
  latenessMs: (now: Instant, path: PathId) => number = () => 0;
  /** What is known of the packet in question, for schedulers. */
  readonly packet: PacketHints;
  /** After `copies`: the paths, as many as it said. */
  readonly copyPaths: Int32Array;
  readonly #records: PathRecords;
  readonly #policy: PathPolicy;
  readonly #candidates = new CandidateArrays();
  /** When a packet that waits for its pacer may leave. */
  #pacedAt: Instant = NEVER;
  /** When the scheduler's patience with a path ends. */
  #patientUntil: Instant = NEVER;

  constructor(records: PathRecords, policy: PathPolicy, packet: PacketHints, scheduler: Scheduler) {
    this.#records = records;
    this.#policy = policy;
    this.packet = packet;
    this.scheduler = scheduler;
    this.copyPaths = new Int32Array(this.#candidates.ids.length);
  }

  /** When whoever waits is to ask again. */
  get wakeAt(): Instant {
    return Math.min(this.#pacedAt, this.#patientUntil);
  }

  /** That time has come: whoever still waits says so anew. */
  wake(now: Instant): void {
    if (this.#pacedAt <= now) this.#pacedAt = NEVER;
    if (this.#patientUntil <= now) this.#patientUntil = NEVER;
  }

  /** The path of a packet of SCTP, paced at the rate of its window. */
  choose(now: Instant, cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    for (let i = 0; i < candidates.count; i++) {
      this.#records
        .find(candidates.ids[i])
        ?.handleWindow(now, candidates.rateBps[i], candidates.pacingBps[i], candidates.windowBytes[i]);
    }
    if (this.isHeldBack) return NO_PATH;
    this.packet.clear();
    this.#policy.isMedia = false;
    return this.#choose(now, cls, bytes, candidates, true);
  }

  sent(now: Instant, path: PathId, bytes: number): void {
    this.#records.find(path)?.pacer.spend(now, bytes);
    this.#leaves(now, path, bytes);
  }

  /** The path of a media packet; audio and control do not wait for a pacer. `packet` says what is known of it. */
  chooseForMedia(now: Instant, cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    this.#policy.isMedia = true;
    const path = this.#choose(now, cls, bytes, candidates, !isUrgent(cls));
    if (path === NO_PATH) return NO_PATH;
    const record = this.#records.find(path);
    if (record?.isMediaPaced) record.pacer.spend(now, bytes);
    this.#leaves(now, path, bytes);
    return path;
  }

  /** By how many further paths the packet that was chosen `first` for leaves as well: those in `copyPaths`. */
  copies(now: Instant, cls: PacketClass, bytes: number, first: PathId, others: PathCandidates): number {
    const { copies } = this.scheduler;
    if (copies === undefined) return 0;
    const candidates = this.#candidates;
    candidates.clear();
    for (let i = 0; i < others.count; i++) {
      if (this.#policy.allowsCopy(others.ids[i], cls)) this.#merge(now, others, i, true);
    }
    return copies.copies(now, cls, bytes, first, candidates, this.copyPaths);
  }

  #choose(now: Instant, cls: PacketClass, bytes: number, from: PathCandidates, isPaced: boolean): PathId {
    this.#candidates.clear();
    for (let i = 0; i < from.count; i++) this.#merge(now, from, i, isPaced);
    const eligible = this.#policy.eligible(now, cls, this.#candidates);
    const path = this.scheduler.chooser.choose(now, cls, bytes, eligible);
    if (path === NO_PATH) this.#wait(now, bytes, from, isPaced);
    return path;
  }

  #leaves(now: Instant, path: PathId, bytes: number): void {
    this.#policy.handleSent(now, path, bytes);
    this.scheduler.chooser.sent(now, path, bytes);
  }

  /** Adds the path at index `i` of `from`, with what the session knows of it. */
  #merge(now: Instant, from: PathCandidates, i: number, isPaced: boolean): void {
    const record = this.#records.find(from.ids[i]);
    if (record === undefined) return;
    const candidates = this.#candidates;
    const at = candidates.copy(from, i);
    candidates.queueBytes[at] += record.pacer.queueBytes(now);
    if (isPaced) candidates.creditBytes[at] = Math.min(candidates.creditBytes[at], record.pacer.creditBytes(now));
    if (candidates.rateBps[at] === 0) candidates.rateBps[at] = record.rateBps;
    if (candidates.srttMs[at] === 0) candidates.srttMs[at] = record.srttMs;
    if (candidates.rttVarMs[at] === 0) candidates.rttVarMs[at] = record.rttVarMs;
    if (record.delayMs > 0) candidates.delayMs[at] = record.delayMs;
    // Media has no window that would tell of a queue: how late its packets are tells.
    if (this.#policy.isMedia) {
      if (candidates.delayMs[at] === 0) candidates.delayMs[at] = candidates.srttMs[at] / 2;
      candidates.delayMs[at] += this.latenessMs(now, record.path);
    }
    candidates.lossRatio[at] = record.lossRatio;
  }

  /** A pacer, and not only a window, holds the packet back, or the scheduler does: somebody must look again. */
  #wait(now: Instant, bytes: number, from: PathCandidates, isPaced: boolean): void {
    const until = this.scheduler.askAgainAt?.() ?? NEVER;
    // A time that is over is no time to wake at: it would be over again.
    this.#patientUntil = until > now ? until : NEVER;
    if (!isPaced) return;
    for (let i = 0; i < from.count; i++) {
      const pacer = this.#records.find(from.ids[i])?.pacer;
      if (pacer === undefined || from.creditBytes[i] < bytes || pacer.creditBytes(now) >= bytes) continue;
      this.#pacedAt = Math.min(this.#pacedAt, pacer.waitFor(now, bytes));
    }
  }
}

function isUrgent(cls: PacketClass): boolean {
  return cls === PacketClass.audio || cls === PacketClass.control;
}
