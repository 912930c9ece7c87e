import { type Instant, type PathId, Verdict, type Writer } from '@hawser/wire';
import type { Context } from '../context.ts';
import { DataFlag } from '../packet/chunk-types.ts';
import type { DataChunk } from '../packet/data.ts';
import type { ForwardTsnChunk } from '../packet/forward-tsn.ts';
import { SACK_HEADER_BYTES, writeSackHead } from '../packet/sack.ts';
import { EarlierSacks } from './earlier-sacks.ts';
import {
  type InMessage,
  type InMessageHead,
  type OpenParts,
  PARTIAL_OVERHEAD_BYTES,
  type PartSink,
} from './in-message.ts';
import { InterleavedReassembly } from './interleaved-reassembly.ts';
import { Ordering } from './ordering.ts';
import { Reassembly, type ReassemblyFault } from './reassembly.ts';
import { SackPolicy } from './sack-policy.ts';
import { Arrival, TsnTracker } from './tsn-tracker.ts';
import { WindowTuner } from './window-tuner.ts';

/** Duplicates named in one SACK (RFC 9260 3.3.4); more than that are left out. */
const MAX_DUPLICATES = 32;

/** Messages under way that may be looked through for each packet, to find which is to make room. */
const PARTIALS_PER_PACKET = 256;

/** What the receiving half needs of the rest. */
export interface ReceiverHost {
  /** Takes a whole message, in its place in the stream's order. */
  deliver(message: InMessage): void;
  /** Takes the parts of a message that is delivered before it is whole; undefined while it has to wait. */
  openParts(head: InMessageHead): PartSink | undefined;
  /** Bytes of whole messages that wait: for the application, or for a channel. */
  inboxBytes(): number;
  /** Those of them that the application could read now. */
  readableBytes(): number;
  /** Round trip of the slowest path in use, ms. */
  rttMs(): number;
}

/** The receiving half: which TSNs arrived, messages out of them, the window, the SACK. */
export class Receiver {
  readonly policy: SackPolicy;
  readonly tracker = new TsnTracker();
  readonly earlierSacks = new EarlierSacks();
  readonly #ctx: Context;
  readonly #host: ReceiverHost;
  readonly #tuner: WindowTuner;
  readonly #reassembly: Reassembly;
  readonly #interleaved: InterleavedReassembly;
  readonly #ordering: Ordering;
  readonly #duplicates = new Float64Array(MAX_DUPLICATES);
  #duplicateCount = 0;
  #announcedWindow = 0;
  #packetHasData = false;
  #packetIsUrgent = false;
  /** Packets to go until it is looked for room again. */
  #patience = 0;

  constructor(ctx: Context, host: ReceiverHost) {
    this.#ctx = ctx;
    this.#host = host;
    this.policy = new SackPolicy(ctx);
    const { maxMessageSizeBytes, messageBufferBytes, receiveWindowBytes, maxReceiveWindowBytes } = ctx.settings;
    const most = maxMessageSizeBytes === 0 ? Number.POSITIVE_INFINITY : maxMessageSizeBytes;
    const openParts: OpenParts = (head) => this.#ordering.openParts(head);
    this.#reassembly = new Reassembly(most, messageBufferBytes, openParts);
    this.#interleaved = new InterleavedReassembly(most, messageBufferBytes, openParts);
    this.#ordering = new Ordering(
      (message) => host.deliver(message),
      (head) => host.openParts(head),
    );
    this.#tuner = new WindowTuner(receiveWindowBytes, maxReceiveWindowBytes);
    this.#announcedWindow = receiveWindowBytes;
  }

  /** Starts at the peer's Initial TSN. */
  restart(initialTsn: number): void {
    this.tracker.restart(initialTsn);
    this.earlierSacks.clear();
    this.#reassembly.clear();
    this.#interleaved.clear();
    this.#ordering.restart(this.#ctx.interleaves);
    this.#duplicateCount = 0;
  }

  /** Bytes held for the application or for want of others. */
  get heldBytes(): number {
    return (
      this.#reassembly.heldBytes + this.#interleaved.heldBytes + this.#ordering.heldBytes + this.#host.inboxBytes()
    );
  }

  /** Takes a DATA or I-DATA chunk; answers a fault for which the association must end. */
  handleData(chunk: DataChunk): ReassemblyFault | undefined {
    const { stats } = this.#ctx;
    stats.chunksReceived++;
    if (!this.#packetHasData) this.#keepSack();
    this.#packetHasData = true;
    if ((chunk.flags & DataFlag.immediate) !== 0) this.#packetIsUrgent = true;
    const number = this.tracker.unwrap(chunk.tsn);
    const arrival = this.tracker.peek(number);
    if (arrival === Arrival.duplicate) {
      this.#noteDuplicate(chunk.tsn);
      return undefined;
    }
    if (arrival === Arrival.outOfRange || !this.#hasRoom(number, chunk.payloadLength + PARTIAL_OVERHEAD_BYTES)) {
      stats.chunksDroppedByWindow++;
      this.#packetIsUrgent = true;
      return undefined;
    }
    if (this.tracker.add(number) !== Arrival.fresh) {
      stats.chunksDroppedByWindow++;
      return undefined;
    }
    const result = this.#ctx.interleaves ? this.#interleaved.add(chunk) : this.#reassembly.add(number, chunk);
    if (typeof result === 'string') return result;
    if (result !== undefined) this.#ordering.add(result);
    return undefined;
  }

  /** A DATA chunk for a stream that does not exist: acknowledged and dropped (RFC 9260 6.5). */
  handleUnwanted(chunk: DataChunk): void {
    this.#packetHasData = true;
    this.tracker.add(this.tracker.unwrap(chunk.tsn));
  }

  /** The packet is at its end: decides on the SACK. */
  endPacket(now: Instant, path: PathId): void {
    if (!this.#packetHasData) return;
    this.#makeRoom();
    this.policy.handlePacket(now, path, this.#packetIsUrgent, this.tracker.rangeCount > 0);
    this.#packetHasData = false;
    this.#packetIsUrgent = false;
  }

  /** RFC 3758 3.6, RFC 8260 2.3.1. */
  handleForwardTsn(chunk: ForwardTsnChunk): Verdict {
    const before = this.tracker.cumulative;
    const verdict = this.#forward(chunk.newCumulativeTsn);
    if (this.tracker.cumulative === before) return verdict;
    const { interleaves } = this.#ctx;
    if (!interleaves) this.#reassembly.forget(before + 1, this.tracker.unwrap(chunk.newCumulativeTsn));
    for (let i = 0; i < chunk.count; i++) {
      const streamId = chunk.streamId(i);
      const number = chunk.number(i);
      const unordered = chunk.unordered(i);
      if (interleaves) this.#interleaved.skip(streamId, unordered, number);
      if (!unordered) this.#ordering.skip(streamId, number);
    }
    return verdict;
  }

  /** Everything up to `newCumulativeTsn` counts as arrived, if that is news. */
  #forward(newCumulativeTsn: number): Verdict {
    const number = this.tracker.unwrap(newCumulativeTsn);
    this.policy.require();
    if (number <= this.tracker.cumulative) return Verdict.consumed;
    if (this.tracker.peek(number) === Arrival.outOfRange) return Verdict.overLimit;
    this.tracker.skipTo(number);
    return Verdict.consumed;
  }

  /** Nothing more will come: messages that were read in parts are told to be cut. */
  end(): void {
    this.#reassembly.clear();
    this.#interleaved.clear();
    this.#ordering.clear();
  }

  /** Every stream starts again at 0. */
  resetStreams(): void {
    this.#interleaved.clear();
    this.#ordering.clear();
  }

  resetStream(streamId: number): void {
    this.#interleaved.reset(streamId);
    this.#ordering.reset(streamId);
  }

  /** The window with nothing in it. */
  get wholeWindowBytes(): number {
    return this.#tuner.windowBytes;
  }

  /** What a_rwnd would be now. */
  get windowBytes(): number {
    return Math.max(this.#tuner.windowBytes - this.heldBytes, 0);
  }

  /** The application took a message of `bytes`: says so to the peer when the window has opened by much (RFC 9260 6.2, 6.10: no silly windows). */
  handleRead(bytes: number): void {
    this.#tuner.handleRead(this.#ctx.now, bytes, this.#host.rttMs());
    this.#makeRoom();
    const whole = this.#tuner.windowBytes;
    if (this.#announcedWindow > whole / 2) return;
    if (this.windowBytes - this.#announcedWindow >= Math.min(whole / 4, 64 * 1024) && this.#ctx.state.receives) {
      this.policy.require();
    }
  }

  /** Writes a SACK with as many gap blocks as fit; false when not even one without any does. */
  writeSack(w: Writer): boolean {
    const room = (w.remaining - SACK_HEADER_BYTES) >> 2;
    if (room < 0) return false;
    const { tracker } = this;
    const gaps = Math.min(tracker.rangeCount, room);
    const duplicates = Math.min(this.#duplicateCount, room - gaps);
    this.#announcedWindow = this.windowBytes;
    writeSackHead(w, tracker.cumulativeTsn, this.#announcedWindow, gaps, duplicates);
    for (let i = 0; i < gaps; i++) {
      w.u16(tracker.rangeStart(i) - tracker.cumulative);
      w.u16(tracker.rangeEnd(i) - tracker.cumulative);
    }
    for (let i = 0; i < duplicates; i++) w.u32(this.#duplicates[i]);
    this.#duplicateCount = 0;
    this.#ctx.stats.sacksSent++;
    this.policy.handleSent();
    this.earlierSacks.clear();
    return true;
  }

  /**
   * With no room left and nothing to read, what there is of a message is all that can be read (RFC 9260 6.9): many messages that
   * arrive by turns may fill the window without one of them being whole.
   */
  #makeRoom(): void {
    if (this.#host.readableBytes() > 0 || this.windowBytes >= this.#ctx.settings.mtuBytes) return;
    if (--this.#patience >= 0) return;
    const messages = this.#ctx.interleaves ? this.#interleaved : this.#reassembly;
    this.#patience = messages.partials / PARTIALS_PER_PACKET;
    messages.deliverLongest();
  }

  /** DATA comes before the SACK that is due could leave. */
  #keepSack(): void {
    const { policy, tracker } = this;
    if (!policy.due || !this.#ctx.settings.peerCountsSacks || policy.severalDeliver(this.#ctx.now)) return;
    this.earlierSacks.keep(tracker, this.windowBytes, policy.path);
  }

  #noteDuplicate(tsn: number): void {
    this.#ctx.stats.duplicateChunksReceived++;
    this.#packetIsUrgent = true;
    if (this.#duplicateCount < MAX_DUPLICATES) this.#duplicates[this.#duplicateCount++] = tsn;
  }

  /**
   * New data must fit the window. What fills a gap gets as much again, for it lets go of what waits behind it; so does
   * new data while nothing waits to be read, for then only the rest of a long message can make room.
   */
  #hasRoom(number: number, bytes: number): boolean {
    const whole = this.#tuner.windowBytes;
    const held = this.heldBytes;
    if (number < this.tracker.highest || this.#host.readableBytes() === 0) return held + bytes <= 2 * whole;
    return held < whole;
  }
}
