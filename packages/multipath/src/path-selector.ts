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
import type { PathRecords } from './path-records.ts';
import type { Scheduler } from './schedulers/scheduler.ts';

/**
 * Puts together what a scheduler chooses from: the numbers of whoever owns a window, the pacer's credit, and what the session
 * measured. It is also the chooser that SCTP is given: the decision is made once, here, and is final down to the socket.
 */
export class PathSelector implements PathChooser {
  /** The scheduler in force. */
  scheduler: Scheduler;
  /** More urgent packets wait for credit: what SCTP has to send must not take it from them. */
  isHeldBack = false;
  /** The connection below the path takes no more for now: no credit, whatever windows say. */
  isFull: (path: PathId) => boolean = () => false;
  readonly #records: PathRecords;
  readonly #candidates = new CandidateArrays();
  #wakeAt: Instant = NEVER;

  constructor(records: PathRecords, scheduler: Scheduler) {
    this.#records = records;
    this.scheduler = scheduler;
  }

  /** When a packet that waits for its pacer may leave. */
  get wakeAt(): Instant {
    return this.#wakeAt;
  }

  /** The tick has come; whoever still waits says so anew. */
  wake(): void {
    this.#wakeAt = NEVER;
  }

  /** The path of a packet of SCTP, paced at the rate of its window. */
  choose(now: Instant, cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    for (let i = 0; i < candidates.count; i++) {
      this.#records.find(candidates.ids[i])?.paceWindow(now, candidates.pacingBps[i]);
    }
    if (this.isHeldBack) return NO_PATH;
    return this.#choose(now, cls, bytes, candidates, true);
  }

  sent(now: Instant, path: PathId, bytes: number): void {
    this.#records.find(path)?.pacer.spend(now, bytes);
    this.scheduler.chooser.sent(now, path, bytes);
  }

  /** The path of a media packet; audio and control do not wait for a pacer. */
  chooseForMedia(now: Instant, cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    const path = this.#choose(now, cls, bytes, candidates, cls !== PacketClass.audio && cls !== PacketClass.control);
    if (path === NO_PATH) return NO_PATH;
    const record = this.#records.find(path);
    if (record?.isMediaPaced) record.pacer.spend(now, bytes);
    this.scheduler.chooser.sent(now, path, bytes);
    return path;
  }

  #choose(now: Instant, cls: PacketClass, bytes: number, from: PathCandidates, isPaced: boolean): PathId {
    const candidates = this.#merge(now, from, isPaced);
    const path = this.scheduler.chooser.choose(now, cls, bytes, candidates);
    if (path === NO_PATH && isPaced) this.#wait(now, bytes, from);
    return path;
  }

  #merge(now: Instant, from: PathCandidates, isPaced: boolean): CandidateArrays {
    const candidates = this.#candidates;
    candidates.clear();
    for (let i = 0; i < from.count; i++) {
      const record = this.#records.find(from.ids[i]);
      if (record === undefined || this.isFull(record.path)) continue;
      const at = candidates.copy(from, i);
      candidates.queueBytes[at] += record.pacer.queueBytes(now);
      if (isPaced) candidates.creditBytes[at] = Math.min(candidates.creditBytes[at], record.pacer.creditBytes(now));
      if (candidates.rateBps[at] === 0) candidates.rateBps[at] = record.mediaRateBps;
      if (record.delayMs > 0) candidates.delayMs[at] = record.delayMs;
      candidates.lossRatio[at] = record.lossRatio;
    }
    return candidates;
  }

  /** A pacer, and not only a window, holds the packet back: somebody must look again when it lets go. */
  #wait(now: Instant, bytes: number, from: PathCandidates): void {
    for (let i = 0; i < from.count; i++) {
      const pacer = this.#records.find(from.ids[i])?.pacer;
      if (pacer === undefined || from.creditBytes[i] < bytes || pacer.creditBytes(now) >= bytes) continue;
      this.#wakeAt = Math.min(this.#wakeAt, pacer.waitFor(now, bytes));
    }
  }
}
