import type { Context } from '../context.ts';
import { DATA_HEADER_BYTES } from '../packet/data.ts';
import { COMMON_HEADER_BYTES } from '../packet/header.ts';
import { I_DATA_HEADER_BYTES } from '../packet/i-data.ts';
import { NO_CHUNK, type SctpPath } from '../paths/path.ts';
import { PathSet } from '../paths/path-set.ts';
import type { OutMessage } from './out-message.ts';
import { MAX_OUTSTANDING, Outstanding } from './outstanding.ts';
import { Scheduler } from './scheduler.ts';

/** What the sending half shares: paths, queue, outstanding chunks, the peer's window, error counters. */
export class TxState {
  readonly ctx: Context;
  readonly paths: PathSet;
  readonly scheduler: Scheduler;
  outstanding = new Outstanding(0);
  /** The peer's a_rwnd less what is in flight (RFC 9260 6.2.1). */
  peerWindowBytes = 0;
  /** Last chunk that the latest SACK can have told of: Infinity unless it may be cut short. */
  reportedUpTo = Number.POSITIVE_INFINITY;
  /** Consecutive expirations on all paths together (RFC 9260 8.1). */
  errorCount = 0;
  /** A SACK came since the last expiration: a closed window is not a dead peer (RFC 9260 6.1 A). */
  heardSinceTimeout = false;
  /** The peer's a_rwnd as last announced. */
  announcedWindowBytes = 0;
  /** Highest chunk passed over by FORWARD-TSN: "Advanced.Peer.Ack.Point" (RFC 3758 3.5); below `base` when there is none. */
  advanced = -1;
  forwardTsnDue = false;
  /** Bytes of messages held: queued, in flight or lost. */
  heldBytes = 0;
  /** Called when bytes of a stream left its queue. */
  drained: (message: OutMessage, bytes: number) => void = () => {};
  /** Called when held bytes were released. */
  released: () => void = () => {};

  constructor(ctx: Context) {
    this.ctx = ctx;
    this.paths = new PathSet(ctx.settings);
    this.scheduler = new Scheduler(ctx.settings.scheduler);
  }

  /** Starts numbering at the TSN agreed (RFC 9260 5.1), with nothing outstanding. */
  restart(initialTsn: number, peerWindowBytes: number): void {
    const { interleaves } = this.ctx;
    this.outstanding = new Outstanding(initialTsn, interleaves ? I_DATA_HEADER_BYTES : DATA_HEADER_BYTES);
    this.scheduler.interleaves = interleaves;
    this.peerWindowBytes = peerWindowBytes;
    this.announcedWindowBytes = peerWindowBytes;
    this.reportedUpTo = Number.POSITIVE_INFINITY;
    this.advanced = -1;
    this.forwardTsnDue = false;
    this.errorCount = 0;
  }

  /**
   * Whether the peer must be given up (RFC 9260 8.1). The count is over all paths, and so is the limit, the sum of what each
   * may miss: when the way back is cut all paths run out their timers at once, and that says no more than one of them.
   */
  get peerIsGone(): boolean {
    return this.errorCount > this.ctx.settings.maxRetransmissions * Math.max(1, this.paths.activeCount);
  }

  /** RTO of the path that control chunks take, ms. */
  get controlRtoMs(): number {
    return this.paths.forControl()?.rto.rtoMs ?? this.ctx.settings.rto.initialMs;
  }

  /** Bytes of the next packet with DATA: more than the paths agree on when a chunk was made for larger ones. */
  get packetBytes(): number {
    const { outstanding, paths } = this;
    const lost = outstanding.firstLost();
    const { mtuBytes } = paths;
    if (lost === NO_CHUNK) return mtuBytes;
    return Math.max(mtuBytes, COMMON_HEADER_BYTES + outstanding.chunkBytes(outstanding.length(lost)));
  }

  /** Bytes of messages that were not sent yet. */
  get unsentBytes(): number {
    return this.heldBytes - this.outstanding.payloadBytes;
  }

  /** Whether the peer has no room: what it is sent is a probe (RFC 9260 6.1 A). */
  get peerIsFull(): boolean {
    return this.announcedWindowBytes < this.ctx.settings.mtuBytes;
  }

  /** Whether `chunk` fits no packet of the size that passes every path. */
  isLarge(chunk: number): boolean {
    const { outstanding } = this;
    return COMMON_HEADER_BYTES + outstanding.chunkBytes(outstanding.length(chunk)) > this.ctx.settings.mtuBytes;
  }

  /** Whether the peer's window lets a new chunk out; a closed one lets a single probe out (RFC 9260 6.1 A). */
  get mayStartNew(): boolean {
    const { outstanding } = this;
    if (outstanding.count >= MAX_OUTSTANDING) return false;
    return this.peerWindowBytes > 0 || outstanding.inFlightChunks === 0;
  }

  hold(bytes: number): void {
    this.heldBytes += bytes;
  }

  release(bytes: number): void {
    this.heldBytes -= bytes;
    this.released();
  }

  /** The association is over, or begins anew: what was sent is nobody's any more. */
  dropOutstanding(): void {
    const { outstanding } = this;
    while (outstanding.count > 0) {
      const bytes = outstanding.length(outstanding.base);
      outstanding.release();
      this.release(bytes);
    }
  }

  /** Judges a chunk lost. */
  lose(chunk: number, path: SctpPath): void {
    this.takeBack(chunk, path);
    // For counting retransmissions that were not needed: where the chunk was when it was judged lost.
    this.#lostChunk[chunk & LOST_MASK] = chunk;
    this.#lostPath[chunk & LOST_MASK] = path.id;
    this.#repeats[chunk & LOST_MASK] = 0;
  }

  /** Takes a chunk back for another transmission (RFC 9260 6.2.1 C: its bytes return to the peer's window). */
  takeBack(chunk: number, path: SctpPath): void {
    this.peerWindowBytes += this.outstanding.length(chunk);
    this.outstanding.lose(chunk, path);
    if (path.rttProbe === chunk) path.rttProbe = NO_CHUNK;
  }

  /**
   * The path on which `chunk` was last judged lost, of which a duplicate is reported; told once. -1 when that was too long ago,
   * or never, or when the duplicate is of a repetition.
   */
  takeLostPath(chunk: number): number {
    const i = chunk & LOST_MASK;
    if (this.#lostChunk[i] !== chunk) return -1;
    if (this.#repeats[i] > 0) {
      this.#repeats[i]--;
      return -1;
    }
    this.#lostChunk[i] = -1;
    return this.#lostPath[i];
  }

  /** `chunk` was sent again though nothing says that it is lost: a duplicate will be no surprise. */
  noteRepeat(chunk: number): void {
    const i = chunk & LOST_MASK;
    if (this.#lostChunk[i] === chunk) this.#repeats[i]++;
  }

  readonly #lostChunk = new Float64Array(LOST_MASK + 1).fill(-1);
  readonly #lostPath = new Int32Array(LOST_MASK + 1);
  readonly #repeats = new Uint8Array(LOST_MASK + 1);
}

const LOST_MASK = 2047;
