import { type Instant, PacketClass, type PathCandidates, type PathChooser, type PathId } from '@hawser/wire';
import { pickDisjoint } from './disjoint.ts';
import { EcfChooser } from './ecf.ts';
import { EdpfChooser } from './edpf.ts';
import { FrameAffinityChooser } from './frame-affinity.ts';
import { NO_FRAME, PacketHints } from './packet-hints.ts';
import type { CopyPolicy, Scheduler, SchedulerServices } from './scheduler.ts';

/**
 * The default: every packet by its class.
 *
 * | packet | first copy | second copy |
 * |---|---|---|
 * | audio, control | earliest delivery | the best disjoint path |
 * | repair | earliest delivery | the best disjoint path, unless data behind it would show its loss |
 * | last packet of a message | as its class | the best disjoint path |
 * | last packet of a frame | as its class | the best disjoint path, for frames of less than three packets every other time |
 * | video | earliest delivery, a frame stays on its path, a key frame takes the best path | none |
 * | data | ECF with the BLEST guard | none |
 *
 * Second copies are taken from the budget of redundancy (`SchedulerServices.mayCopy`).
 */
export class AutoChooser implements PathChooser, CopyPolicy {
  readonly #services: SchedulerServices;
  readonly #packet: Readonly<PacketHints>;
  readonly #urgent: EdpfChooser;
  readonly #edpf: EdpfChooser;
  readonly #video: FrameAffinityChooser;
  readonly #data: EcfChooser;
  /** The latest last packet of a short frame was copied. */
  #copiesLast = false;
  /** The frame of the latest video packet, and how many of its packets left. */
  #frame = NO_FRAME;
  #frameLeft = 0;
  /** Class of the packet that was chosen for last: the one that `sent` tells of. */
  #cls: PacketClass = PacketClass.data;

  constructor(services: SchedulerServices) {
    const backlogBytes = (cls: PacketClass) => services.backlogBytes?.(cls) ?? Number.POSITIVE_INFINITY;
    this.#services = services;
    this.#urgent = new EdpfChooser(backlogBytes);
    this.#edpf = new EdpfChooser(backlogBytes);
    this.#packet = services.packet ?? new PacketHints();
    this.#video = new FrameAffinityChooser(this.#edpf, this.#packet, () => services.primary(), backlogBytes);
    this.#data = new EcfChooser(backlogBytes, () => services.peerWindowBytes?.() ?? Number.POSITIVE_INFINITY);
  }

  choose(now: Instant, cls: PacketClass, bytes: number, candidates: PathCandidates): PathId {
    this.#cls = cls;
    return this.#chooserOf(cls).choose(now, cls, bytes, candidates);
  }

  sent(now: Instant, path: PathId, bytes: number): void {
    this.#urgent.sent(now, path);
    this.#video.sent(now, path);
    this.#data.sent(now, path, isUrgent(this.#cls) || isVideo(this.#cls) ? 0 : bytes);
    if (isVideo(this.#cls)) this.#noteFrame(path);
  }

  copies(
    now: Instant,
    cls: PacketClass,
    bytes: number,
    first: PathId,
    candidates: PathCandidates,
    into: Int32Array,
  ): number {
    if (!isAlwaysCopied(cls) && !(this.#packet.isLast && this.#isTurnToCopy(cls))) return 0;
    const count = pickDisjoint(first, 1, bytes, candidates, this.#services, into);
    return count > 0 && (this.#services.mayCopy?.(now, cls, bytes) ?? true) ? count : 0;
  }

  /** See `Scheduler.askAgainAt`. */
  askAgainAt(): Instant {
    return this.#chooserOf(this.#cls).askAgainAt();
  }

  /** Starts `path` anew: its number will name another pair. */
  forget(path: PathId): void {
    for (const part of [this.#urgent, this.#edpf, this.#video, this.#data]) part.forget(path);
  }

  #noteFrame(path: PathId): void {
    this.#video.noteFrame(path);
    const { frame } = this.#packet;
    this.#frameLeft = frame === this.#frame ? this.#frameLeft + 1 : 1;
    this.#frame = frame;
  }

  /** Of short frames every other: what leaves twice is a sample of no path, and a thin stream is all last packets. */
  #isTurnToCopy(cls: PacketClass): boolean {
    if (!isVideo(cls) || this.#frameLeft >= LONG_FRAME) return true;
    this.#copiesLast = !this.#copiesLast;
    return this.#copiesLast;
  }

  #chooserOf(cls: PacketClass): EdpfChooser | FrameAffinityChooser | EcfChooser {
    if (isUrgent(cls)) return this.#urgent;
    return isVideo(cls) ? this.#video : this.#data;
  }
}

/** Packets of a frame of which the last one is not most of it. */
const LONG_FRAME = 3;

function isUrgent(cls: PacketClass): boolean {
  return cls === PacketClass.audio || cls === PacketClass.control || cls === PacketClass.repair;
}

function isAlwaysCopied(cls: PacketClass): boolean {
  return cls === PacketClass.audio || cls === PacketClass.control;
}

function isVideo(cls: PacketClass): boolean {
  return cls === PacketClass.videoKey || cls === PacketClass.videoDelta;
}

export function auto(services: SchedulerServices): Scheduler {
  const chooser = new AutoChooser(services);
  return {
    chooser,
    copies: chooser,
    askAgainAt: () => chooser.askAgainAt(),
    forget: (path) => chooser.forget(path),
  };
}
