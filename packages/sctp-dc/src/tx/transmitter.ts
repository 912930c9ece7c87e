import { type Instant, PacketClass, type Writer } from '@hawser/wire';
import { ChunkType, DataFlag } from '../packet/chunk-types.ts';
import { writeData } from '../packet/data.ts';
import { COMMON_HEADER_BYTES } from '../packet/header.ts';
import { writeIData } from '../packet/i-data.ts';
import { NO_CHUNK, type SctpPath } from '../paths/path.ts';
import type { OutMessage } from './out-message.ts';
import type { PartialReliability } from './partial-reliability.ts';
import { Repeats } from './repeats.ts';
import type { TailProbe } from './tail-probe.ts';
import type { TxState } from './tx-state.ts';

/** A fragment shorter than this is not worth its header: the rest of the packet stays empty. */
const LEAST_FRAGMENT_BYTES = 256;

/** A flight of so few packets is of a stream that waits for each: what is repeated in it costs little and saves round trips. */
const THIN_PACKETS = 4;

/** Puts DATA chunks into packets: lost ones first (RFC 9260 6.1 C), then new ones in the scheduler's order. */
export class Transmitter {
  readonly #tx: TxState;
  readonly #partial: PartialReliability;
  readonly #probes: TailProbe;
  readonly #repeats: Repeats;
  /** The packet written last has the end of a message in it. */
  endsMessage = false;
  /** Where the chunk written last begins, and its type and flags. */
  #headAt = 0;
  #head = 0;

  constructor(tx: TxState, partial: PartialReliability, probes: TailProbe) {
    this.#tx = tx;
    this.#partial = partial;
    this.#probes = probes;
    this.#repeats = new Repeats(tx, partial);
  }

  /**
   * Chooses the path of the next packet with DATA; undefined when there is nothing to send or no room anywhere.
   * `extraBytes` is what else the packet may carry.
   */
  choosePath(now: Instant, extraBytes: number): SctpPath | undefined {
    const tx = this.#tx;
    this.#dropOverdue(now);
    const probed = tx.paths.forProbe();
    if (probed !== undefined && (tx.outstanding.lostChunks > 0 || this.#hasNew())) return probed;
    if (tx.outstanding.lostChunks > 0) return tx.paths.choose(now, PacketClass.repair, tx.packetBytes);
    const { mtuBytes } = tx.paths;
    if (!tx.mayStartNew) return undefined;
    const message = tx.scheduler.peek();
    if (message === undefined) return undefined;
    const alone = tx.scheduler.readyCount === 1 && message.stream.size === 1;
    const bytes = alone ? COMMON_HEADER_BYTES + tx.outstanding.chunkBytes(message.rest) + extraBytes : mtuBytes;
    return tx.paths.choose(now, PacketClass.data, Math.min(bytes, mtuBytes));
  }

  /** Writes chunks for `path` until the packet is full; returns the packet's class, `control` when nothing was written. */
  write(now: Instant, w: Writer, path: SctpPath): PacketClass {
    const room = w.remaining;
    this.endsMessage = false;
    this.#writeLost(now, w, path);
    const repaired = w.remaining < room;
    const newFrom = w.remaining;
    this.#writeNew(now, w, path);
    const isThin = path.inFlightBytes < THIN_PACKETS * path.mtu.bytes;
    if (isThin && w.remaining < newFrom) this.#writeRepeats(now, w, path);
    if (w.remaining === room) return PacketClass.control;
    path.fastRetransmit = false;
    path.probe.wanted = false;
    path.probe.asked = this.#isLast(path);
    if (path.probe.asked) w.patchU16(this.#headAt, this.#head | DataFlag.immediate);
    path.nextSequence++;
    path.lastSentAt = now;
    this.#probes.arm(now, path);
    return repaired ? PacketClass.repair : PacketClass.data;
  }

  #hasNew(): boolean {
    return this.#tx.mayStartNew && this.#tx.scheduler.readyCount > 0;
  }

  /**
   * Whether nothing follows the packet just written: then nothing but its acknowledgement shows what was lost, and the peer is
   * asked for it at once (RFC 7053 4). Not when the congestion window is what ends the flight: it would make a SACK of every packet.
   */
  #isLast(path: SctpPath): boolean {
    const { outstanding, scheduler } = this.#tx;
    if (path.onePacketOnly) return true;
    return outstanding.lostChunks === 0 && scheduler.readyCount === 0;
  }

  /** Gives up what is over before it is sent, again or at all. */
  #dropOverdue(now: Instant): void {
    const { outstanding, scheduler } = this.#tx;
    for (let chunk = outstanding.firstLost(); chunk !== NO_CHUNK; chunk = outstanding.firstLost()) {
      const message = outstanding.message(chunk);
      if (!this.#partial.isOver(now, message) && !this.#partial.isSpent(message, outstanding.sends(chunk))) break;
      this.#partial.abandon(now, message);
    }
    const { awaited } = scheduler;
    if (awaited !== undefined && this.#partial.isOver(now, awaited)) this.#partial.abandon(now, awaited);
    for (let message = scheduler.peek(); message !== undefined; message = scheduler.peek()) {
      if (!this.#partial.isOver(now, message)) break;
      if (message.hasBegun) this.#partial.abandon(now, message);
      else this.#partial.dropUnsent(message);
    }
  }

  #writeLost(now: Instant, w: Writer, path: SctpPath): void {
    const tx = this.#tx;
    const { outstanding, ctx } = tx;
    for (let chunk = outstanding.firstLost(); chunk !== NO_CHUNK; chunk = outstanding.firstLost()) {
      const message = outstanding.message(chunk);
      if (this.#partial.isOver(now, message) || this.#partial.isSpent(message, outstanding.sends(chunk))) {
        this.#partial.abandon(now, message);
        continue;
      }
      if (outstanding.chunkBytes(outstanding.length(chunk)) > w.remaining) return;
      ctx.stats.chunksRetransmitted++;
      path.retransmitted++;
      this.#writeChunk(now, w, chunk, message, path);
      this.#repeats.add(chunk);
    }
  }

  /** Behind new data: what was sent again, once more. */
  #writeRepeats(now: Instant, w: Writer, path: SctpPath): void {
    const { ctx, outstanding } = this.#tx;
    for (;;) {
      const chunk = this.#repeats.take(now, path, w.remaining);
      if (chunk === NO_CHUNK) return;
      ctx.stats.chunksRetransmitted++;
      path.retransmitted++;
      this.#writeChunk(now, w, chunk, outstanding.message(chunk), path);
      // Nobody will know which of the two arrived: it is evidence of nothing else.
      outstanding.copy(chunk);
    }
  }

  #writeNew(now: Instant, w: Writer, path: SctpPath): void {
    const tx = this.#tx;
    if (tx.outstanding.lostChunks > 0) return;
    while (tx.mayStartNew) {
      const message = tx.scheduler.peek();
      if (message === undefined) return;
      if (this.#partial.isOver(now, message) && !message.hasBegun) {
        this.#partial.dropUnsent(message);
        continue;
      }
      const length = this.#fragmentBytes(w, message);
      if (length < 0) return;
      this.#writeFragment(now, w, message, length, path);
    }
  }

  /** User data of the next fragment (RFC 9260 6.9): all that is left if it fits, else what fills the packet; -1: none. */
  #fragmentBytes(w: Writer, message: OutMessage): number {
    const tx = this.#tx;
    const { headerBytes } = tx.outstanding;
    const room = (w.remaining - headerBytes) & ~3;
    const { rest } = message;
    // The peer's window may be passed by part of a packet (6.1 A): the receiver keeps some in reserve.
    if (rest <= room) return rest;
    const wholePacket = (tx.paths.mtuBytes - COMMON_HEADER_BYTES - headerBytes) & ~3;
    // What fits a packet of its own is not cut: two fragments are lost twice as often.
    if (rest <= wholePacket || room < LEAST_FRAGMENT_BYTES) return -1;
    return room;
  }

  #writeFragment(now: Instant, w: Writer, message: OutMessage, length: number, path: SctpPath): void {
    const tx = this.#tx;
    const { outstanding, scheduler } = tx;
    const { head } = message;
    let flags = message.ordered ? 0 : DataFlag.unordered;
    if (head.firstChunk < 0) {
      flags |= DataFlag.begin;
      this.#number(head);
    }
    const start = message.taken;
    message.taken += length;
    if (message.ends && message.rest === 0) {
      flags |= DataFlag.end;
      head.endLeft = true;
    }
    const chunk = outstanding.add(message, start, length, flags, head.nextFsn++);
    if (head.firstChunk < 0) head.firstChunk = chunk;
    head.lastChunk = chunk;
    this.#writeChunk(now, w, chunk, message, path);
    if (path.rttProbe === NO_CHUNK) path.rttProbe = chunk;
    scheduler.charge(length);
    if (message.rest === 0) {
      scheduler.finish(message);
      if (message.ends) tx.ctx.stats.messagesSent++;
    }
    tx.drained(message, length);
  }

  /** Gives the message its number (RFC 9260 6.5, RFC 8260 2.1). */
  #number(message: OutMessage): void {
    const { stream } = message;
    if (this.#tx.ctx.interleaves) {
      message.ssn = message.ordered ? stream.nextSsn++ : stream.nextUnorderedMid++;
      stream.nextSsn >>>= 0;
      stream.nextUnorderedMid >>>= 0;
    } else if (message.ordered) {
      message.ssn = stream.nextSsn;
      stream.nextSsn = (message.ssn + 1) & 0xffff;
    }
  }

  #writeChunk(now: Instant, w: Writer, chunk: number, message: OutMessage, path: SctpPath): void {
    const tx = this.#tx;
    const { outstanding } = tx;
    const length = outstanding.length(chunk);
    if ((outstanding.flags(chunk) & DataFlag.end) !== 0) this.endsMessage = true;
    const start = outstanding.start(chunk);
    const tsn = outstanding.tsn(chunk);
    const flags = outstanding.flags(chunk);
    const { bytes, head, ppid, stream } = message;
    this.#headAt = w.position;
    if (tx.ctx.interleaves) {
      this.#head = (ChunkType.iData << 8) | flags;
      writeIData(w, flags, tsn, stream.id, head.ssn, ppid, outstanding.fsn(chunk), bytes, start, length);
    } else {
      this.#head = (ChunkType.data << 8) | flags;
      writeData(w, flags, tsn, stream.id, head.ssn, ppid, bytes, start, length);
    }
    outstanding.send(now, chunk, path);
    tx.peerWindowBytes -= length;
    tx.ctx.stats.chunksSent++;
    // RFC 9260 6.3.2 R1; and 7.2.4 step 4: the timer of what is now the earliest runs from here.
    if (path.head === chunk || path.t3At === Number.POSITIVE_INFINITY) path.t3At = now + path.rto.rtoMs;
  }
}
