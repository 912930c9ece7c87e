import { type Instant, NEVER, type PathId, type PathState, type WindowController } from '@hawser/wire';
import type { Settings } from '../config.ts';
import { MtuState } from '../liveness/mtu-search.ts';
import { DATA_HEADER_BYTES, dataChunkBytes } from '../packet/data.ts';
import { COMMON_HEADER_BYTES } from '../packet/header.ts';
import type { SctpPathStats } from '../stats.ts';
import { initialWindow } from '../tx/new-reno.ts';
import { Rack } from '../tx/rack.ts';
import { Rto } from '../tx/rto.ts';
import { ProbeState } from '../tx/tail-probe.ts';

/** No chunk: the end of a list. */
export const NO_CHUNK = -1;

/** From the largest window to the smallest, at seven tenths a time. */
const MOST_SHRINKS = 40;

/** Everything that is kept per path: window, timers, what is in flight, counters. */
export class SctpPath {
  readonly id: PathId;
  state: PathState = 'standby';
  readonly rto: Rto;
  rack = new Rack();
  window: WindowController;
  readonly mtu: MtuState;
  /** SRTT of the checks below us, for choosers while DATA has given no sample. */
  checkSrttMs = 0;

  /** Bytes of DATA chunks in flight here. */
  inFlightBytes = 0;
  /** First and last chunk in flight here, in the order they were sent: a list through the outstanding chunks. */
  head = NO_CHUNK;
  tail = NO_CHUNK;
  /** Number of the next packet with DATA on this path; chunks remember theirs. */
  nextSequence = 0;
  readonly probe = new ProbeState();
  /** T3-rtx (RFC 9260 6.3.2). */
  t3At: Instant = NEVER;
  /** Sequence at which fast recovery ends (RFC 9260 7.2.4), -1 outside of it. */
  recoveryEnd = -1;
  /** The first packet of a fast retransmission may leave whatever the window says. */
  fastRetransmit = false;
  /** After a timeout one packet at a time, until one is acknowledged (RFC 9260 7.2.1). */
  onePacketOnly = false;
  /** The chunk whose acknowledgement gives the next RTT sample: one per round trip (RFC 9260 6.3.1 C4). */
  rttProbe = NO_CHUNK;

  /** Set by a T3-rtx expiration or an unanswered HEARTBEAT, cleared by any answer (RFC 9260 8.2). */
  consecutiveTimeouts = 0;
  heartbeatAt: Instant = NEVER;
  /** Nonce of the HEARTBEAT under way and when it left; 0 = none. */
  heartbeatNonce = 0;
  heartbeatSentAt: Instant = 0;

  /** When the latest packet with DATA left. */
  lastSentAt: Instant = NEVER;
  /** Bound of the window while it has not been used for a while and is being proved again; Infinity = none. */
  #provedBytes = Number.POSITIVE_INFINITY;

  packetsSent = 0;
  retransmitted = 0;
  spurious = 0;

  /** Chunks that the latest event of loss took for lost, and those of them of which a duplicate was reported since. */
  lostInEvent = 0;
  spuriousInEvent = 0;

  // Scratch of the SACK being processed.
  /** Round trip of the chunk sent last of those that the SACK newly acknowledges; 0 when none gives one. */
  rttSampleMs = 0;
  ackedBytes = 0;
  inFlightBefore = 0;
  /** The packet of `rttSampleMs`, -1 for none. */
  sampledSequence = -1;
  headAcked = false;

  readonly #settings: Settings;

  constructor(id: PathId, settings: Settings) {
    this.id = id;
    this.#settings = settings;
    this.rto = new Rto(settings.rto);
    this.mtu = new MtuState(settings.mtuBytes);
    this.window = settings.windowController(id, this.#largestChunk());
  }

  /** Whether new data may be sent here. */
  get active(): boolean {
    return this.state === 'active';
  }

  /** Whether data flows here or would, were another path to fail. */
  get mayBecomeActive(): boolean {
    return this.state === 'active' || this.state === 'standby';
  }

  /** Whether the path stopped answering and another is to be preferred (RFC 9260 6.4.1). */
  get doubtful(): boolean {
    return this.consecutiveTimeouts > 0;
  }

  /** Bytes that may be in flight. */
  get windowBytes(): number {
    return Math.min(this.window.windowBytes, this.#provedBytes);
  }

  /**
   * A window that nothing was sent by for a while says little of the path: it is halved once per RTO, as far as the first one
   * (RFC 9260 7.2.1). What the controller learned stays the goal, to be reached by slow start.
   */
  handleIdle(now: Instant): void {
    const idleMs = now - this.lastSentAt;
    if (!(idleMs > this.rto.rtoMs) || this.head !== NO_CHUNK) return;
    const least = initialWindow(this.#largestChunk());
    if (this.windowBytes <= least) return;
    this.#provedBytes = Math.max(this.windowBytes / 2 ** Math.floor(idleMs / this.rto.rtoMs), least);
    this.lastSentAt = now;
  }

  /** `ackedBytes` arrived by this path, `inFlightBytes` having been in flight before. */
  handleAcked(now: Instant, ackedBytes: number, inFlightBytes: number): void {
    if (this.#provedBytes === Number.POSITIVE_INFINITY) {
      this.window.handleAcked(now, ackedBytes, inFlightBytes, this.rto.srttMs);
      return;
    }
    // 7.2.1: only a window that is being used may grow.
    if (inFlightBytes + this.mtu.bytes > this.#provedBytes) this.#provedBytes += ackedBytes;
    if (this.#provedBytes >= this.window.windowBytes) this.#provedBytes = Number.POSITIVE_INFINITY;
  }

  /**
   * Bytes that may leave now. While less than the window is in flight, a whole packet may go (RFC 9260 6.1 B), and so may
   * the first packet of a fast retransmission (7.2.4).
   */
  creditBytes(): number {
    if (this.onePacketOnly && this.head !== NO_CHUNK) return 0;
    const credit = this.windowBytes - this.inFlightBytes;
    if (credit > 0 || this.fastRetransmit) return Math.max(credit, this.mtu.bytes);
    return 0;
  }

  /** Bit/s at which a window leaves in a round trip, 0 while that is unknown. */
  rateBps(srttMs: number): number {
    return srttMs > 0 ? (this.windowBytes * 8000) / srttMs : 0;
  }

  /**
   * Bit/s at which packets are to be spread over time, 0 while that is unknown: somewhat faster than a window in a round
   * trip, or the window would never be full; in slow start twice as fast, since it doubles.
   */
  pacingBps(srttMs: number): number {
    const { pacingBps, windowBytes, slowStartThresholdBytes } = this.window;
    const isProved = this.#provedBytes === Number.POSITIVE_INFINITY;
    if (pacingBps !== undefined && isProved) return pacingBps;
    return this.rateBps(srttMs) * (windowBytes < slowStartThresholdBytes || !isProved ? 2 : 1.25);
  }

  /** A loss, of `lost` chunks as far as is known, after which the window is smaller. */
  beginLossEvent(lost: number): void {
    this.lostInEvent = lost;
    this.spuriousInEvent = 0;
  }

  /** A loss was found by feedback: the window shrinks, once per window of data (RFC 9260 7.2.4). */
  beginRecovery(now: Instant, lost: number, inFlightBytes: number): void {
    this.beginLossEvent(lost);
    this.#shrink(now, inFlightBytes);
    this.recoveryEnd = this.nextSequence - 1;
    this.fastRetransmit = lost > 0;
    this.probe.dueAt = NEVER;
  }

  /** T3-rtx expired. */
  handleTimeout(now: Instant): void {
    this.window.handleTimeout(now, this.inFlightBytes);
    this.#provedBytes = Number.POSITIVE_INFINITY;
  }

  /** The window shrinks from what was proved of it: the controller is told of losses until it is no larger. */
  #shrink(now: Instant, inFlightBytes: number): void {
    const proved = this.#provedBytes;
    this.#provedBytes = Number.POSITIVE_INFINITY;
    this.window.handleLoss(now, inFlightBytes);
    for (let i = 0; i < MOST_SHRINKS && this.window.windowBytes >= proved; i++) {
      this.window.handleLoss(now, inFlightBytes);
    }
  }

  /** When the earliest of T3-rtx, reordering timer and probe timeout wants attention. */
  nextTimeout(): Instant {
    return Math.min(this.t3At, this.rack.dueAt, this.probe.dueAt);
  }

  /** Forgets what the window learned: the path comes back from a failure and may be another. */
  restartWindow(): void {
    this.window = this.#settings.windowController(this.id, this.#largestChunk());
    this.#provedBytes = Number.POSITIVE_INFINITY;
    this.rack = new Rack();
    this.recoveryEnd = -1;
    this.fastRetransmit = false;
    this.onePacketOnly = false;
  }

  /** The largest packet that passes is another. */
  setMtu(bytes: number): void {
    this.mtu.bytes = bytes;
    this.window.handleMtu(this.#largestChunk());
  }

  /** Figures for the application. */
  stats(): SctpPathStats {
    return {
      srttMs: this.rto.srttMs,
      rtoMs: this.rto.rtoMs,
      windowBytes: this.windowBytes,
      inFlightBytes: this.inFlightBytes,
      mtuBytes: this.mtu.bytes,
      packetsSent: this.packetsSent,
      retransmitted: this.retransmitted,
      spurious: this.spurious,
      consecutiveTimeouts: this.consecutiveTimeouts,
    };
  }

  /** PMDCS of RFC 9260 7.2: the largest DATA chunk of a packet. */
  #largestChunk(): number {
    return dataChunkBytes((this.mtu.bytes - COMMON_HEADER_BYTES - DATA_HEADER_BYTES) & ~3);
  }
}
