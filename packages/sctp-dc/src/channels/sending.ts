import { type Instant, NEVER } from '@hawser/wire';
import type { Context } from '../context.ts';
import { SctpError } from '../errors.ts';
import { Ppid } from '../packet/chunk-types.ts';
import { OutMessage } from '../tx/out-message.ts';
import type { PartialReliability } from '../tx/partial-reliability.ts';
import type { TxState } from '../tx/tx-state.ts';
import { SendStatus } from '../types.ts';
import type { Channel } from './channel.ts';
import { OutgoingParts } from './outgoing-parts.ts';

/** Messages of the application on their way into the queue: whole, or in parts. */
export class Sending {
  readonly #ctx: Context;
  readonly #tx: TxState;
  readonly #partial: PartialReliability;
  /** Every channel. */
  all: () => Iterable<Channel> = () => [];
  #refused = false;

  constructor(ctx: Context, tx: TxState, partial: PartialReliability) {
    this.#ctx = ctx;
    this.#tx = tx;
    this.#partial = partial;
    tx.released = () => this.#released();
  }

  send(now: Instant, channel: Channel, bytes: Uint8Array, offset: number, length: number, binary: boolean): SendStatus {
    if (channel.parts !== undefined)
      throw new SctpError('bad-state', 'a message of this channel is being sent in parts');
    const refusal = this.#refusal(now, channel, length, length);
    if (refusal !== undefined) return refusal;
    // RFC 8831 6.6: an empty message is one zero byte with a PPID of its own.
    const body = length === 0 ? new Uint8Array(1) : bytes.slice(offset, offset + length);
    const [full, empty] = binary ? [Ppid.binary, Ppid.binaryEmpty] : [Ppid.string, Ppid.stringEmpty];
    const message = new OutMessage(
      channel.stream,
      body,
      length === 0 ? empty : full,
      channel.ordered || !channel.confirmed,
      expiry(now, channel),
      channel.maxRetransmits,
    );
    message.counted = length > 0;
    channel.stream.bufferedBytes += length;
    channel.messagesSent++;
    channel.bytesSent += length;
    this.push(message);
    return SendStatus.queued;
  }

  /** Takes the next part of a message; the first one begins it. */
  sendPart(
    now: Instant,
    channel: Channel,
    bytes: Uint8Array,
    offset: number,
    length: number,
    binary: boolean,
    last: boolean,
  ): SendStatus {
    if (channel.parts?.head?.abandoned) {
      this.#forget(channel);
      return SendStatus.abandoned;
    }
    if (channel.parts !== undefined && channel.parts.binary !== binary) {
      throw new SctpError('bad-argument', 'a message is text or binary, not both');
    }
    const refusal = this.#refusal(now, channel, (channel.parts?.length ?? 0) + length, length);
    if (refusal !== undefined) {
      // Nothing makes room but sending what is there.
      if (refusal === SendStatus.full && channel.parts !== undefined) this.#release(channel.parts);
      return refusal;
    }
    channel.parts ??= new OutgoingParts(channel, binary, expiry(now, channel));
    const { parts } = channel;
    const piece = parts.add(bytes, offset, length, last);
    channel.stream.bufferedBytes += length;
    channel.bytesSent += length;
    this.#tx.hold(parts.length === 0 && last ? 1 : length);
    if (piece !== undefined) parts.waiting.push(piece);
    const longest = this.#ctx.settings.sendQueueLimitBytes * WAITING_SHARE;
    if (last || parts.isReleased || this.#ctx.interleaves || parts.length >= longest) this.#release(parts);
    if (last) {
      channel.messagesSent++;
      channel.parts = undefined;
    }
    return SendStatus.queued;
  }

  /** Withdraws the message that is being sent in parts; false when the peer cannot be told (it lacks RFC 3758). */
  abandon(now: Instant, channel: Channel): boolean {
    const head = channel.parts?.head;
    if (head?.hasBegun && !head.abandoned) {
      if (!this.#ctx.mayForwardTsn) return false;
      this.#partial.abandon(now, head);
    } else if (head !== undefined && channel.parts?.isReleased && !head.abandoned) this.#partial.dropUnsent(head);
    this.#forget(channel);
    return true;
  }

  /** Messages are interleaved: none need wait for its end. */
  handleEstablished(channel: Channel): void {
    if (channel.parts !== undefined && this.#ctx.interleaves) this.#release(channel.parts);
  }

  /** The stream is gone: so is all that waits. */
  drop(channel: Channel): void {
    this.#tx.scheduler.drop(channel.stream, (message) => this.#tx.release(message.rest));
    this.#forget(channel);
  }

  push(message: OutMessage): void {
    this.#tx.hold(message.bytes.length);
    this.#tx.scheduler.add(message);
  }

  #refusal(now: Instant, channel: Channel, messageBytes: number, bytes: number): SendStatus | undefined {
    const { remoteMaxMessageSizeBytes, sendQueueLimitBytes } = this.#ctx.settings;
    if (remoteMaxMessageSizeBytes > 0 && messageBytes > remoteMaxMessageSizeBytes) return SendStatus.tooLong;
    if (bytes > sendQueueLimitBytes) return SendStatus.tooLong;
    // Nothing is never too much: a message may always end.
    while (this.#tx.heldBytes + bytes > sendQueueLimitBytes && (bytes > 0 || channel.parts === undefined)) {
      if (this.#giveUpFor(now, channel)) continue;
      if (this.#isAwaited(channel) && this.#tx.heldBytes + bytes <= sendQueueLimitBytes * (1 + WAITING_SHARE)) break;
      this.#refused = true;
      if (this.#isStuck) this.#releaseLongest();
      return SendStatus.full;
    }
    return undefined;
  }

  /** Nothing of what is held will make room by itself. */
  get #isStuck(): boolean {
    return this.#tx.outstanding.count === 0 && this.#tx.scheduler.readyCount === 0;
  }

  /**
   * Whether all that is held waits for the message of this channel to go on: without I-DATA that has begun, and others may have
   * filled the queue since.
   */
  #isAwaited({ parts }: Channel): boolean {
    return !this.#ctx.interleaves && parts?.head?.hasBegun === true && this.#isStuck;
  }

  /** Lets the longest message go that has no end yet: several of them may fill the queue, each too short to go by itself. */
  #releaseLongest(): void {
    let longest: OutgoingParts | undefined;
    for (const { parts } of this.all()) {
      if (parts?.head === undefined || parts.isReleased) continue;
      if (longest === undefined || parts.length > longest.length) longest = parts;
    }
    if (longest !== undefined) this.#release(longest);
  }

  /** Gives up the oldest message that waits on the least urgent channel that allows it; false when there is none. */
  #giveUpFor(now: Instant, { priority }: Channel): boolean {
    let least: Channel | undefined;
    for (const channel of this.all()) {
      if (!channel.limitedByPriority || channel.priority >= priority) continue;
      const message = channel.stream.peek();
      // What has begun can only be given up where the peer can be told, and DCEP never.
      if (message === undefined || !message.counted || (message.hasBegun && !this.#ctx.mayForwardTsn)) continue;
      if (least === undefined || channel.priority < least.priority) least = channel;
    }
    const message = least?.stream.peek();
    if (message === undefined) return false;
    if (message.hasBegun) this.#partial.abandon(now, message);
    else this.#partial.dropUnsent(message);
    return true;
  }

  #release(parts: OutgoingParts): void {
    parts.isReleased = true;
    for (const piece of parts.waiting.splice(0)) this.#tx.scheduler.add(piece);
  }

  /** Lets go of what of a message is not in the queue. */
  #forget(channel: Channel): void {
    const { parts, stream } = channel;
    if (parts === undefined) return;
    let bytes = parts.keptBytes;
    for (const piece of parts.waiting) bytes += piece.bytes.length;
    channel.parts = undefined;
    if (stream.drain(bytes)) this.#ctx.emit({ type: 'buffered-amount-low', channel: stream.id });
    this.#tx.release(bytes);
  }

  #released(): void {
    if (!this.#refused) return;
    if (this.#tx.heldBytes > this.#ctx.settings.sendQueueLimitBytes / 2 && !this.#isStuck) return;
    this.#refused = false;
    this.#ctx.emit({ type: 'writable' });
  }
}

/** A message that fills so much of the send queue begins to leave, though others have to wait for its end. */
const WAITING_SHARE = 1 / 4;

function expiry(now: Instant, { maxPacketLifeTimeMs }: Channel): Instant {
  return maxPacketLifeTimeMs === undefined ? NEVER : now + maxPacketLifeTimeMs;
}
