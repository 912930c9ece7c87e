import type { PathId } from './ids.ts';
import type { PacketClass } from './packet-class.ts';
import type { Instant } from './time.ts';

/**
 * The life of a path. Data is sent on `active` paths; `standby` ones are checked and promoted; `suspect` ones get nothing
 * new; `wary` ones answer again and carry duplicates only; `failed` ones lost consent. `abandoned` may come at any time,
 * `discarded` always comes last.
 */
export type PathState = 'standby' | 'active' | 'suspect' | 'wary' | 'failed' | 'abandoned' | 'discarded';

/** What the layers above ICE are told of a path by `handlePath`. Plain numbers; borrowed for the call. */
export interface PathInfo {
  state: PathState;
  /** Largest UDP payload known to pass, bytes. */
  mtuBytes: number;
  /** Smoothed round-trip time of the checks, ms; 0 while unknown. */
  srttMs: number;
  /** Mean deviation of that, ms. */
  rttVarMs: number;
  /** Share of lost checks and packets, 0 to 1. */
  lossRatio: number;
  /** Name of the local interface by which packets really leave; undefined while unknown. */
  egress: string | undefined;
  /** 0 = free, higher = dearer (metered). */
  cost: number;
}

/**
 * The numbers a {@link PathChooser} chooses from, one index per usable path, `0 <= i < count`. Arrays belong to the
 * owner of the window, are reused, and are valid during the call.
 */
export interface PathCandidates {
  count: number;
  /** The path of index i. */
  readonly ids: Int32Array;
  /** Smoothed round-trip time, ms; 0 while unknown. */
  readonly srttMs: Float64Array;
  /** Bytes that the congestion window still lets out now; a path with less than the packet's size is not eligible. */
  readonly creditBytes: Float64Array;
  /** The congestion window, bytes. */
  readonly windowBytes: Float64Array;
  readonly inFlightBytes: Float64Array;
  /** Bytes given to the path that wait for its pacer: they leave before what is chosen now. */
  readonly queueBytes: Float64Array;
  /** Bit/s that the path is believed to carry; 0 while unknown. */
  readonly rateBps: Float64Array;
  /** Bit/s at which the owner of the window wants its packets spread over time; 0 = it does not mind. */
  readonly pacingBps: Float64Array;
  /** Time a packet is under way, ms: half of SRTT unless feedback tells the directions apart; 0 while unknown. */
  readonly delayMs: Float64Array;
  /** Mean deviation of SRTT, ms. */
  readonly rttVarMs: Float64Array;
  /** Share of packets lost, 0 to 1. */
  readonly lossRatio: Float64Array;
}

/**
 * Decides the path of one packet: numbers in, path out. Called by whoever owns the window (`sctp-dc` for chunks,
 * `multipath` for RTP); the decision is final down to the socket.
 */
export interface PathChooser {
  /**
   * @param bytes size of the packet about to be built, upper bound
   * @returns one of `candidates.ids` whose credit is at least `bytes`, or `NO_PATH`: wait
   */
  choose(now: Instant, cls: PacketClass, bytes: number, candidates: PathCandidates): PathId;
  /** Tells the chooser what really left: the packet's size on the path it chose. */
  sent(now: Instant, path: PathId, bytes: number): void;
}

/** A congestion controller of one path: numbers in, a window out. NewReno is in `sctp-dc`, CUBIC and OLIA in `congestion`. */
export interface WindowController {
  /** Bytes that may be in flight. */
  readonly windowBytes: number;
  readonly slowStartThresholdBytes: number;
  /** `ackedBytes` were newly acknowledged; `inFlightBytes` is what was in flight before that. */
  handleAcked(now: Instant, ackedBytes: number, inFlightBytes: number, srttMs: number): void;
  /** A loss was found by feedback; called once per window of data. */
  handleLoss(now: Instant, inFlightBytes: number): void;
  /** The retransmission timer expired. */
  handleTimeout(now: Instant, inFlightBytes: number): void;
  /** The path's packet size changed. */
  handleMtu(mtuBytes: number): void;
  /** Bit/s at which it wants its window spread over time; 0 while unknown. Without it the owner works one out. */
  readonly pacingBps?: number;
  /** One sample of the round-trip time, not smoothed, before the `handleAcked` of the same report. */
  handleRtt?(now: Instant, rttMs: number): void;
  /** All that the latest loss or timeout took for lost has arrived: there was none. */
  handleSpurious?(now: Instant): void;
}

export type WindowControllerFactory = (path: PathId, mtuBytes: number) => WindowController;

/**
 * Is told the fate of packets per path by a layer that has feedback (SACK, transport-wide-cc). `multipath` implements it
 * to suspect a path whose latest packets are missing from reports that did arrive.
 */
export interface PathFeedback {
  handleSent(now: Instant, path: PathId, bytes: number): void;
  /** The peer has the packet that left on `path` at `sentAt`. */
  handleArrived(now: Instant, path: PathId, sentAt: Instant): void;
  /** `bytes` of what left on `path` are now known to have arrived: by it or, where copies left too, by another. */
  handleDelivered(now: Instant, path: PathId, bytes: number): void;
  /** `bytes` that left on `path` are given up for lost. */
  handleLost(now: Instant, path: PathId, bytes: number): void;
  /** A report ended. It could have named every packet sent at or before `coversSentBefore`, on whatever path. */
  handleReportEnd(now: Instant, coversSentBefore: Instant): void;
}
