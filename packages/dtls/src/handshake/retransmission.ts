import type { Instant, PathId, PathInfo, TimerTable } from '@hawser/wire';

/** Timers of a connection; the last two are DTLS 1.3's. */
export const TIMER = { retransmit: 0, handshake: 1, alert: 2, ack: 3, oldKeys: 4 } as const;
export const TIMERS = 5;

/** RFC 6347 4.2.4.1: doubled each time, up to 60 seconds. */
export const MAX_RTO_MS = 60_000;
/** Bounds of a timeout that comes from measured round trips. Below, an endpoint's own scheduling would look like loss. */
const LOWEST_MEASURED_RTO_MS = 50;
const HIGHEST_MEASURED_RTO_MS = 1000;
/** Timeouts in a row after which packets are made smaller, in case they are what gets lost (RFC 6347 4.1.1.1). */
const TIMEOUTS_BEFORE_SMALLER = 3;
/** What every IPv4 path carries: 576 less 20 and 8. */
const SMALL_MTU_BYTES = 548;
/** Paths whose figures are remembered. */
const MAX_PATHS = 256;

interface PathFigures {
  readonly mtuBytes: number;
  readonly rtoMs: number;
  readonly isActive: boolean;
}

/**
 * When a flight is sent again and how large its packets are (RFC 6347 4.2.4.1, 4.1.1.1).
 *
 * The first timeout is the configured one until paths have been measured; then srtt + 4 · rttvar of the slowest active one,
 * for a flight may take any of them.
 */
export class Retransmission {
  readonly #timers: TimerTable;
  readonly #initialRtoMs: number;
  readonly #mtuBytes: number;
  readonly #paths = new Map<PathId, PathFigures>();
  #rtoMs: number;
  #timeouts = 0;

  constructor(timers: TimerTable, initialRtoMs: number, mtuBytes: number) {
    this.#timers = timers;
    this.#initialRtoMs = initialRtoMs;
    this.#mtuBytes = mtuBytes;
    this.#rtoMs = initialRtoMs;
  }

  /** The current timeout, ms. */
  get rtoMs(): number {
    return this.#rtoMs;
  }

  /** Largest UDP payload for the next packet, bytes. */
  get mtuBytes(): number {
    let smallest = this.#mtuBytes;
    for (const path of this.#paths.values()) if (path.mtuBytes < smallest) smallest = path.mtuBytes;
    if (this.#timeouts >= TIMEOUTS_BEFORE_SMALLER && smallest > SMALL_MTU_BYTES) smallest = SMALL_MTU_BYTES;
    return smallest;
  }

  handlePath(path: PathId, info: Readonly<PathInfo>): void {
    const { state } = info;
    if (state === 'failed' || state === 'abandoned' || state === 'discarded') {
      this.#paths.delete(path);
      return;
    }
    if (!this.#paths.has(path) && this.#paths.size >= MAX_PATHS) return;
    const measuredMs = Math.ceil(info.srttMs + 4 * info.rttVarMs);
    this.#paths.set(path, {
      mtuBytes: Math.max(SMALLEST_MTU_BYTES, Math.floor(info.mtuBytes)),
      rtoMs: info.srttMs > 0 ? Math.min(HIGHEST_MEASURED_RTO_MS, Math.max(LOWEST_MEASURED_RTO_MS, measuredMs)) : 0,
      isActive: state === 'active',
    });
  }

  /** A new flight left. */
  start(now: Instant): void {
    this.#timeouts = 0;
    this.#rtoMs = this.#firstRtoMs();
    this.#timers.arm(TIMER.retransmit, now + this.#rtoMs);
  }

  /** The flight is repeated because the peer asked for it: wait as long as before. */
  restart(now: Instant): void {
    this.#timers.arm(TIMER.retransmit, now + this.#rtoMs);
  }

  /** The flight is repeated because no answer came: wait twice as long. */
  backOff(now: Instant): void {
    this.#timeouts++;
    this.#rtoMs = Math.min(MAX_RTO_MS, 2 * this.#rtoMs);
    this.#timers.arm(TIMER.retransmit, now + this.#rtoMs);
  }

  stop(): void {
    this.#timers.disarm(TIMER.retransmit);
  }

  #firstRtoMs(): number {
    let slowest = 0;
    for (const path of this.#paths.values()) if (path.isActive && path.rtoMs > slowest) slowest = path.rtoMs;
    return slowest > 0 ? slowest : this.#initialRtoMs;
  }
}

/**
 * What comes in the clear has a flight repeated no sooner than this: a copy of a hello costs whoever forges it a few bytes. No
 * peer is in more haste.
 */
export const SOONEST_REPEAT_MS = 20;

/** Below this a flight could not be cut into sensible fragments. */
export const SMALLEST_MTU_BYTES = 256;
