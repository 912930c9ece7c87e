import { GccController, type Probe } from '@hawser/congestion';
import type { PacketFates } from '@hawser/rtp';
import { type Instant, NEVER, type PathId } from '@hawser/wire';
import { inRange } from './errors.ts';
import type { PathRecord } from './path-records.ts';

/** Bounds of the rate of media, bit/s on one path. */
export interface MediaRateConfig {
  /** Before a path is known, `minBps` to `maxBps`. Default 300 000; where more was sent by the first report, that. */
  startBps: number;
  /** 1 000 to 1 000 000 000. Default 30 000. */
  minBps: number;
  /** Up to 100 000 000 000. Default 100 000 000. */
  maxBps: number;
}

export const DEFAULT_MEDIA_RATE: Readonly<MediaRateConfig> = { startBps: 300_000, minBps: 30_000, maxBps: 100_000_000 };

/**
 * Fills in defaults and checks ranges, before a report of the peer's makes the first controller of them.
 *
 * Errors: `bad-config`.
 */
export function resolveMediaRate(config: Partial<MediaRateConfig> | false = {}): MediaRateConfig | false {
  if (config === false) return false;
  const { minBps = DEFAULT_MEDIA_RATE.minBps, maxBps = DEFAULT_MEDIA_RATE.maxBps } = config;
  const startBps = config.startBps ?? Math.min(maxBps, Math.max(minBps, DEFAULT_MEDIA_RATE.startBps));
  inRange('mediaRate.minBps', minBps, 1000, 1e9);
  inRange('mediaRate.maxBps', maxBps, minBps, 1e11);
  inRange('mediaRate.startBps', startBps, minBps, maxBps);
  return { startBps, minBps, maxBps };
}

/** What the rate control needs of the session. */
export interface MediaRateServices {
  record(path: PathId): PathRecord | undefined;
  /** New packets are put on the path. */
  isActive(path: PathId): boolean;
  /** Share of the bytes sent that are copies, 0 to 1. */
  copyShare(): number;
  /** Bytes of media that wait for a pacer. */
  queuedBytes(): number;
}

/** A change of the target smaller than this is not worth telling an encoder. */
const TOLD_CHANGE = 0.05;

/** A cluster of a probe lasts as long (ms) as {@link ProbePlanner} of `congestion` makes it, at three times the target. */
const CLUSTER_MS = 15;
const CLUSTER_FACTOR = 3;

/** One path's controller, and what left on the path before the first report made it. */
class Path {
  controller: GccController | undefined;
  probe: Probe | undefined;
  probeBytes = 0;
  probePackets = 0;
  wasReported = false;
  firstSentAt: Instant = 0;
  bytesBefore = 0;
}

/**
 * How fast media may leave, path by path: GCC on transport-wide feedback, split by the path that each packet took. It paces
 * the paths, tells schedulers their rates, and sums up what an encoder may use.
 *
 * A path is controlled from the first report on that names its packets: a peer that sends none bounds nothing. A packet
 * that left on two paths is a sample of neither.
 */
export class MediaRates implements PacketFates {
  readonly #config: MediaRateConfig;
  readonly #services: MediaRateServices;
  readonly #paths = new Map<PathId, Path>();
  #targetBps = 0;
  #toldBps = 0;

  constructor(config: MediaRateConfig, services: MediaRateServices) {
    this.#config = config;
    this.#services = services;
  }

  /** Bit/s that an encoder may use: over all active paths, less what copies take; 0 while nothing is known. */
  get targetBps(): number {
    return this.#targetBps;
  }

  /** The controller of a path, once there is one. */
  find(path: PathId): GccController | undefined {
    return this.#paths.get(path)?.controller;
  }

  /** A numbered packet leaves. */
  handleSent(now: Instant, id: PathId, bytes: number, copied: boolean): void {
    if (copied) return;
    let path = this.#paths.get(id);
    if (path === undefined) {
      path = new Path();
      path.firstSentAt = now;
      this.#paths.set(id, path);
    }
    const { controller, probe } = path;
    if (controller === undefined) {
      path.bytesBefore += bytes;
      return;
    }
    controller.handleSent(now, bytes, probe?.id ?? 0);
    if (probe !== undefined) {
      path.probeBytes += bytes;
      path.probePackets++;
      if (path.probeBytes >= probe.bytes && path.probePackets >= probe.packets) path.probe = undefined;
    } else if (this.#services.queuedBytes() >= clusterBytes(controller.targetBps)) {
      path.probe = controller.pollProbe(now);
      path.probeBytes = 0;
      path.probePackets = 0;
    }
    this.#pace(now, id, path);
  }

  handleArrived(
    now: Instant,
    id: PathId,
    sentAt: Instant,
    arrivalMs: number,
    bytes: number,
    _sequence: number,
    copied: boolean,
  ): void {
    const path = copied ? undefined : this.#paths.get(id);
    if (path === undefined) return;
    path.wasReported = true;
    path.controller?.handleArrived(now, sentAt, arrivalMs, bytes);
  }

  handleMissing(now: Instant, id: PathId, sentAt: Instant, bytes: number, _sequence: number, copied: boolean): void {
    const path = copied ? undefined : this.#paths.get(id);
    if (path === undefined) return;
    path.wasReported = true;
    path.controller?.handleMissing(now, sentAt, bytes);
  }

  /** A packet is so late that it leaves by another path now: to its own path's rate it is lost. */
  handleOverdue(now: Instant, id: PathId, sentAt: Instant, bytes: number): void {
    const path = this.#paths.get(id);
    if (path === undefined) return;
    path.wasReported = true;
    path.controller?.handleMissing(now, sentAt, bytes);
  }

  /** A report ended: the rates of the paths that it named follow. */
  handleReportEnd(now: Instant): void {
    for (const [id, path] of this.#paths) {
      if (!path.wasReported) continue;
      path.wasReported = false;
      path.controller ??= this.#begin(now, path);
      path.controller.handleReportEnd(now, this.#services.record(id)?.srttMs ?? 0);
      this.#pace(now, id, path);
    }
    this.#sum();
  }

  /** The new target when it is another by 5 % than the one told last, else 0. */
  takeTarget(): number {
    const bps = this.#targetBps;
    if (Math.abs(bps - this.#toldBps) <= TOLD_CHANGE * this.#toldBps) return 0;
    this.#toldBps = bps;
    return bps;
  }

  pollTimeout(): Instant {
    let next: Instant = NEVER;
    for (const { controller } of this.#paths.values()) if (controller) next = Math.min(next, controller.pollTimeout());
    return next;
  }

  /** Reports stay away. */
  handleTimeout(now: Instant): void {
    for (const [id, path] of this.#paths) {
      const { controller } = path;
      if (controller === undefined || controller.pollTimeout() > now) continue;
      controller.handleTimeout(now);
      this.#pace(now, id, path);
    }
    this.#sum();
  }

  /** Paths came into use or left it. */
  handlePaths(): void {
    this.#sum();
  }

  /** Forgets `path`: its number will name another pair. */
  forget(path: PathId): void {
    this.#paths.delete(path);
    this.#sum();
  }

  #begin(now: Instant, { bytesBefore, firstSentAt }: Path): GccController {
    const { maxBps, minBps, startBps } = this.#config;
    const seenBps = (bytesBefore * 8000) / Math.max(now - firstSentAt, 100);
    return new GccController({ startBps: Math.min(maxBps, Math.max(startBps, seenBps)), minBps, maxBps });
  }

  #pace(now: Instant, id: PathId, { controller, probe }: Path): void {
    const record = this.#services.record(id);
    if (record === undefined || controller === undefined) return;
    record.mediaRateBps = controller.targetBps;
    record.paceMedia(now, Math.max(controller.pacingBps, probe?.bps ?? 0));
  }

  #sum(): void {
    let bps = 0;
    for (const [id, { controller }] of this.#paths) {
      if (controller !== undefined && this.#services.isActive(id)) bps += controller.targetBps;
    }
    this.#targetBps = bps * (1 - this.#services.copyShare());
  }
}

function clusterBytes(targetBps: number): number {
  return (CLUSTER_FACTOR * targetBps * CLUSTER_MS) / 8000;
}
