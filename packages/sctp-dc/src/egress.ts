import { type Instant, NO_PATH, PacketClass, type PathId, type Slot, slotCapacity, Writer } from '@hawser/wire';
import type { Context } from './context.ts';
import { SctpError } from './errors.ts';
import type { OutboxItem } from './outbox.ts';
import { COMMON_HEADER_BYTES, sealChecksum, writeHeader } from './packet/header.ts';
import { SACK_HEADER_BYTES } from './packet/sack.ts';
import { NO_CHUNK, type SctpPath } from './paths/path.ts';
import type { Receiver } from './rx/receiver.ts';
import type { PartialReliability } from './tx/partial-reliability.ts';
import type { Transmitter } from './tx/transmitter.ts';
import type { TxState } from './tx/tx-state.ts';
import type { SentPacket } from './types.ts';

/** Builds packets, one per call: waiting control chunks, then DATA with what may ride along, then a SACK on its own. */
export class Egress implements SentPacket {
  readonly #ctx: Context;
  readonly #tx: TxState;
  readonly #receiver: Receiver;
  readonly #transmitter: Transmitter;
  readonly #partial: PartialReliability;
  readonly #writer = new Writer();
  /** Where the packet written last went, and its first chunk there; undefined when it carried no DATA. */
  #dataPath: SctpPath | undefined;
  #firstSequence = 0;
  #isBound = false;
  /** The packet being written must have its checksum, whatever was agreed (RFC 9653 5.2). */
  #wantsChecksum = false;

  constructor(ctx: Context, tx: TxState, receiver: Receiver, transmitter: Transmitter, partial: PartialReliability) {
    this.#ctx = ctx;
    this.#tx = tx;
    this.#receiver = receiver;
    this.#transmitter = transmitter;
    this.#partial = partial;
  }

  poll(now: Instant, out: Slot): boolean {
    const { maxMtuBytes } = this.#ctx.settings;
    if (slotCapacity(out) < maxMtuBytes) {
      throw new SctpError('bad-argument', `a slot needs room for ${maxMtuBytes} bytes`);
    }
    this.#writer.reset(out.buffer, out.offset, this.#tx.paths.mtuBytes);
    this.#isBound = false;
    this.#dataPath = undefined;
    this.#wantsChecksum = false;
    if (this.#pollControl(out)) return true;
    if (!this.#ctx.state.hasPeer) return false;
    return this.#pollEarlierSack(out) || this.#pollData(now, out) || this.#pollSack(out);
  }

  get carriesData(): boolean {
    return this.#dataPath !== undefined;
  }

  get isBoundToPath(): boolean {
    return this.#isBound;
  }

  get endsMessage(): boolean {
    return this.#dataPath === undefined || this.#transmitter.endsMessage;
  }

  /** The packet written last leaves on another path as well: what it carries is a sample of neither. */
  handleCopied(): void {
    const { outstanding } = this.#tx;
    const path = this.#dataPath;
    if (path === undefined) return;
    for (
      let chunk = path.tail;
      chunk !== NO_CHUNK && outstanding.sequence(chunk) >= this.#firstSequence;
      chunk = outstanding.before(chunk)
    ) {
      outstanding.copy(chunk);
      if (path.rttProbe === chunk) path.rttProbe = NO_CHUNK;
    }
  }

  /** The oldest control chunk that has a path, and those behind it that fit the same packet (RFC 9260 6.10). */
  #pollControl(out: Slot): boolean {
    const { outbox } = this.#ctx;
    const w = this.#writer;
    let path: PathId = NO_PATH;
    let tag = -1;
    for (let i = 0; i < outbox.length; ) {
      const item = outbox.at(i);
      const itemPath = this.#pathOf(item);
      // A probe is larger than what is known to pass.
      if (item.kind === 'mtu-probe' && tag < 0)
        w.reset(out.buffer, out.offset, COMMON_HEADER_BYTES + item.chunk.length);
      const joins = tag < 0 || (itemPath === path && item.tag === tag && !item.alone);
      const needed = item.chunk.length + (tag < 0 ? COMMON_HEADER_BYTES : 0);
      if (itemPath === NO_PATH || !joins || needed > w.remaining) {
        i++;
        continue;
      }
      if (tag < 0) {
        path = itemPath;
        tag = item.tag;
        this.#head(tag);
      }
      w.bytes(item.chunk, 0, item.chunk.length);
      // INIT, COOKIE ECHO, and answers to what belongs to no association.
      if (item.alone || item.kind === 'cookie-echo' || tag !== this.#ctx.peer.tag) this.#wantsChecksum = true;
      outbox.remove(i);
      if (item.kind === 'mtu-probe' || item.kind === 'heartbeat') this.#isBound = true;
      if (item.alone) break;
    }
    if (tag < 0) return false;
    return this.#finish(out, path, PacketClass.control);
  }

  #pollData(now: Instant, out: Slot): boolean {
    if (!this.#ctx.state.sends) return false;
    const { policy } = this.#receiver;
    const extra = policy.pending ? SACK_HEADER_BYTES + 4 * this.#receiver.tracker.rangeCount : 0;
    const path = this.#transmitter.choosePath(now, extra);
    if (path === undefined) return false;
    const sackPath = policy.pending ? this.#tx.paths.forReply(policy.path) : undefined;
    // A SACK that is due on another path does not wait for a window full of DATA.
    if (policy.due && sackPath !== undefined && sackPath !== path) return this.#pollSack(out);
    const w = this.#writer;
    w.reset(out.buffer, out.offset, this.#tx.packetBytes);
    this.#head(this.#ctx.peer.tag);
    // RFC 9260 6.2: an acknowledgement that waits rides along, if it is wanted on this path.
    if (sackPath === path) this.#receiver.writeSack(w);
    if (this.#tx.forwardTsnDue) this.#partial.write(w);
    this.#firstSequence = path.nextSequence;
    const cls = this.#transmitter.write(now, w, path);
    this.#finish(out, path.id, cls);
    if (cls !== PacketClass.control) {
      this.#dataPath = path;
      this.#ctx.settings.feedback?.handleSent(now, path.id, out.length);
      this.#ctx.settings.chooser?.sent(now, path.id, out.length);
    }
    return true;
  }

  /** A SACK of before more came, on its own: in one packet with the next it would be lost with it. */
  #pollEarlierSack(out: Slot): boolean {
    const { earlierSacks } = this.#receiver;
    if (earlierSacks.count === 0) return false;
    const path = this.#tx.paths.forReply(earlierSacks.path);
    if (path === undefined) return false;
    this.#head(this.#ctx.peer.tag);
    if (!earlierSacks.write(this.#writer)) return false;
    this.#ctx.stats.sacksSent++;
    return this.#finish(out, path.id, PacketClass.control);
  }

  #pollSack(out: Slot): boolean {
    const { policy } = this.#receiver;
    const { paths } = this.#tx;
    const path = policy.due ? paths.forReply(policy.path) : this.#tx.forwardTsnDue ? paths.forControl() : undefined;
    if (path === undefined) return false;
    const w = this.#writer;
    this.#head(this.#ctx.peer.tag);
    if (policy.due) this.#receiver.writeSack(w);
    if (this.#tx.forwardTsnDue) this.#partial.write(w);
    return this.#finish(out, path.id, PacketClass.control);
  }

  /** Where an item can leave now. Answers go back by the path of the question, known to us or not. */
  #pathOf(item: OutboxItem): PathId {
    const { paths } = this.#tx;
    if (item.kind === 'mtu-probe') return item.path;
    if (item.path === NO_PATH) return paths.forControl()?.id ?? NO_PATH;
    if (paths.find(item.path) === undefined) return item.path;
    return paths.forReply(item.path)?.id ?? NO_PATH;
  }

  #head(tag: number): void {
    const { localPort, remotePort } = this.#ctx.settings;
    writeHeader(this.#writer, localPort, remotePort, tag);
  }

  #finish(out: Slot, path: PathId, cls: PacketClass): boolean {
    const length = this.#writer.length;
    const { peer, settings } = this.#ctx;
    const without = peer.zeroChecksum && settings.lowerLayerChecksums === 'dtls' && !this.#wantsChecksum;
    if (!without) sealChecksum(out.buffer, out.offset, length);
    out.length = length;
    out.path = path;
    out.cls = cls;
    const { stats } = this.#ctx;
    stats.packetsSent++;
    stats.bytesSent += length;
    const known = this.#tx.paths.find(path);
    if (known !== undefined) known.packetsSent++;
    return true;
  }
}
