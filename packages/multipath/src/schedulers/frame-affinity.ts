import {
  type Instant,
  NEVER,
  NO_PATH,
  PacketClass,
  type PathCandidates,
  type PathChooser,
  type PathId,
} from '@hawser/wire';
import { creditWaitMs, deliveryMs, rateBps } from '../policy/delivery.ts';
import type { EdpfChooser } from './edpf.ts';
import { NO_FRAME, type PacketHints } from './packet-hints.ts';
import { Patience } from './patience.ts';

/** Frames under way at once whose paths are remembered: layers and sources of one sender. */
const FRAMES = 8;

/** What staying on one path may cost a frame, ms: two thirds of a frame at 60/s. */
export const AFFINITY_WAIT_MS = 10;

/**
 * One frame stays on one path, so that it arrives as fast as that path and not as the slowest of several, and needs no
 * reordering. The first packet of a frame goes where the chooser inside says, the first of a key frame by the best path
 * while that has credit. The others follow it until the path is gone, or has no credit for more than `waitMs`, or would have
 * what waits at the peer more than `waitMs` later than another path with credit has this packet there. Then the rest of the
 * frame moves: a frame that is long for its path is better spread.
 */
export class FrameAffinityChooser implements PathChooser {
  readonly #inside: EdpfChooser;
  readonly #packet: Readonly<PacketHints>;
  readonly #best: () => PathId;
  readonly #backlogBytes: (cls: PacketClass) => number;
  readonly #waitMs: number;
  readonly #patience = new Patience();
  readonly #frames = new Float64Array(FRAMES).fill(NO_FRAME);
  readonly #paths = new Int32Array(FRAMES).fill(NO_PATH);
  #next = 0;

  /**
   * @param inside chooses for the first packet of a frame, and for packets that belong to none
   * @param packet says which frame the packet belongs to
   * @param best the best path, for key frames
   * @param backlogBytes bytes of a class that wait to be sent; Infinity = without end: frames never wait for their path
   */
  constructor(
    inside: EdpfChooser,
    packet: Readonly<PacketHints>,
    best: () => PathId,
    backlogBytes: (cls: PacketClass) => number,
    waitMs: number = AFFINITY_WAIT_MS,
  ) {
    this.#inside = inside;
    this.#packet = packet;
    this.#best = best;
    this.#backlogBytes = backlogBytes;
    this.#waitMs = waitMs;
  }

  choose(now: Instant, cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    this.#patience.begin();
    const at = this.#find(this.#packet.frame);
    const wanted = at >= 0 ? this.#paths[at] : cls === PacketClass.videoKey ? this.#best() : NO_PATH;
    for (let i = 0; wanted !== NO_PATH && i < candidates.count; i++) {
      if (candidates.ids[i] !== wanted) continue;
      const waitMs = creditWaitMs(candidates, i, bytes);
      if (waitMs === 0) return wanted;
      if (!(waitMs <= this.#waitMs) || this.#isLate(candidates, i, cls, bytes)) break;
      if (this.#patience.allows(now, wanted, waitMs)) return NO_PATH;
      break;
    }
    return this.#inside.choose(now, cls, bytes, candidates);
  }

  sent(now: Instant, path: PathId): void {
    this.#patience.handleSent(path);
    this.#inside.sent(now, path);
  }

  /** The packet in question left by `path`: the rest of its frame follows. Called besides `sent`, for packets of frames. */
  noteFrame(path: PathId): void {
    const { frame } = this.#packet;
    if (frame === NO_FRAME) return;
    let at = this.#find(frame);
    if (at < 0) {
      at = this.#next;
      this.#next = (at + 1) % FRAMES;
      this.#frames[at] = frame;
    }
    this.#paths[at] = path;
  }

  /** See `Scheduler.askAgainAt`. */
  askAgainAt(): Instant {
    return this.#patience.until < NEVER ? this.#patience.until : this.#inside.askAgainAt();
  }

  /** Frames on `path` move: its number will name another pair. */
  forget(path: PathId): void {
    for (let i = 0; i < FRAMES; i++) if (this.#paths[i] === path) this.#frames[i] = NO_FRAME;
    this.#patience.forget(path);
  }

  /** Whether what waits would be so much later by the path at index `at` than the packet by another. */
  #isLate(candidates: PathCandidates, at: number, cls: PacketClass, bytes: number): boolean {
    let readyMs = Number.POSITIVE_INFINITY;
    for (let i = 0; i < candidates.count; i++) {
      if (candidates.creditBytes[i] >= bytes) readyMs = Math.min(readyMs, deliveryMs(candidates, i, bytes));
    }
    const behind = Math.max(0, this.#backlogBytes(cls) - bytes);
    const lastMs = deliveryMs(candidates, at, bytes) + (behind > 0 ? (behind * 8000) / rateBps(candidates, at) : 0);
    return lastMs > readyMs + this.#waitMs;
  }

  #find(frame: number): number {
    if (frame === NO_FRAME) return -1;
    for (let i = 0; i < FRAMES; i++) if (this.#frames[i] === frame) return i;
    return -1;
  }
}
