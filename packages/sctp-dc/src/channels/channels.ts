import type { Instant } from '@hawser/wire';
import type { Context } from '../context.ts';
import { SctpError } from '../errors.ts';
import { Ppid } from '../packet/chunk-types.ts';
import type { InMessage, InMessageHead, PartSink } from '../rx/in-message.ts';
import type { Inbox } from '../rx/inbox.ts';
import { OutMessage } from '../tx/out-message.ts';
import type { TxState } from '../tx/tx-state.ts';
import { type ChannelId, type ChannelOptions, SendStatus } from '../types.ts';
import { Channel } from './channel.ts';
import { checkOptions } from './channel-options.ts';
import { DCEP_ACK, type DcepOpen, DcepType, decodeOpen, encodeOpen, isAck } from './dcep.ts';
import { EarlyMessages } from './early-messages.ts';
import { ChannelParts, discarded } from './incoming-parts.ts';
import type { Sending } from './sending.ts';
import type { StreamReset } from './stream-reset.ts';

/** The data channels of an association: opening, sending, delivering, closing (RFC 8831 6, RFC 8832). */
export class Channels {
  readonly early = new EarlyMessages();
  readonly #ctx: Context;
  readonly #inbox: Inbox;
  readonly #byId = new Map<ChannelId, Channel>();
  readonly #sending: Sending;
  readonly #abort: (detail: string) => void;
  #reset: StreamReset | undefined;
  /** Channels that are over, whose last message was read since. */
  #read: Channel[] = [];

  /** @param abort ends the association, and says why */
  constructor(ctx: Context, tx: TxState, inbox: Inbox, sending: Sending, abort: (detail: string) => void) {
    this.#ctx = ctx;
    this.#inbox = inbox;
    this.#sending = sending;
    this.#abort = abort;
    sending.all = () => this.#byId.values();
    tx.drained = (message, bytes) => this.#drained(message, bytes);
    inbox.allRead = ({ id }) => {
      const channel = this.#byId.get(id);
      if (channel?.isOver) this.#read.push(channel);
    };
  }

  /** Stream resets know the channels and the channels them. */
  bind(reset: StreamReset): void {
    this.#reset = reset;
  }

  find(id: ChannelId): Channel | undefined {
    return this.#byId.get(id);
  }

  get ids(): ChannelId[] {
    return [...this.#byId.keys()];
  }

  open(options: ChannelOptions): ChannelId {
    const open = checkOptions(options);
    const id = this.#chooseId(options);
    const bytes = encodeOpen(open);
    if (bytes === undefined) throw new SctpError('bad-argument', 'label and protocol have at most 65535 bytes each');
    const channel = new Channel(id, open, options.negotiated === true, false);
    channel.limitedByPriority = options.limitedByPriority === true;
    this.#byId.set(id, channel);
    if (!channel.negotiated) this.#sending.push(new OutMessage(channel.stream, bytes, Ppid.dcep, true));
    if (this.#ctx.state.now === 'established') this.#opened(channel);
    return id;
  }

  send(now: Instant, id: ChannelId, bytes: Uint8Array, offset: number, length: number, binary: boolean): SendStatus {
    const channel = this.#writable(id);
    if (channel === undefined) return SendStatus.closed;
    return this.#sending.send(now, channel, bytes, offset, length, binary);
  }

  sendPart(
    now: Instant,
    id: ChannelId,
    bytes: Uint8Array,
    offset: number,
    length: number,
    binary: boolean,
    last: boolean,
  ): SendStatus {
    const channel = this.#writable(id);
    if (channel === undefined) return SendStatus.closed;
    return this.#sending.sendPart(now, channel, bytes, offset, length, binary, last);
  }

  /** Withdraws the message that is being sent in parts on a channel, if there is one; false when it cannot be. */
  abandonMessage(now: Instant, id: ChannelId): boolean {
    const channel = this.#byId.get(id);
    return channel === undefined || this.#sending.abandon(now, channel);
  }

  /** The association is to end in good order: messages that have no end yet are withdrawn. False when one cannot be. */
  abandonMessages(now: Instant): boolean {
    for (const channel of this.#byId.values()) if (!this.#sending.abandon(now, channel)) return false;
    return true;
  }

  /** Closes our half: what is queued is still sent (RFC 8831 6.7). */
  close(now: Instant, id: ChannelId): void {
    const channel = this.#byId.get(id);
    if (channel === undefined || channel.state === 'closing') return;
    if (!this.#sending.abandon(now, channel)) {
      this.#abort('a message was left without its end');
      return;
    }
    channel.enter('closing');
    this.#resetWhenDrained(now, channel);
  }

  /** The association is up: what was opened before is open. */
  handleEstablished(): void {
    for (const channel of [...this.#byId.values()]) {
      if (channel.id >= this.#streamLimit()) this.#end(channel);
      else if (channel.state === 'connecting') this.#opened(channel);
      else if (channel.state === 'closing') this.#resetWhenDrained(this.#ctx.now, channel);
      this.#sending.handleEstablished(channel);
    }
  }

  /** The association is over, or begins anew: every channel is gone. */
  handleEnd(): void {
    this.early.clear();
    for (const channel of [...this.#byId.values()]) this.#end(channel, true);
  }

  /** A whole message, in its place in the stream's order. */
  deliver(message: InMessage): void {
    const before = this.#byId.get(message.streamId);
    if (before?.incomingReset) {
      // The peer uses the identifier anew. When it opens a channel it has performed our reset, whether its answer came or not.
      const opens = message.ppid === Ppid.dcep && message.bytes[0] === DcepType.open;
      if (opens && before.resetRequested) before.outgoingReset = true;
      this.#endWhenReset(before);
    }
    if (before?.incomingReset && before.state !== 'closed') {
      // Messages of the channel that had it are unread.
      if (!this.early.hold(message)) this.#ctx.stats.messagesWithoutChannel++;
      return;
    }
    switch (message.ppid) {
      case Ppid.dcep:
        this.#handleDcep(message);
        return;
      case Ppid.string:
      case Ppid.stringPartial:
        this.#toInbox(message, false, message.bytes);
        return;
      case Ppid.binary:
      case Ppid.binaryPartial:
        this.#toInbox(message, true, message.bytes);
        return;
      case Ppid.stringEmpty:
        this.#toInbox(message, false, EMPTY);
        return;
      case Ppid.binaryEmpty:
        this.#toInbox(message, true, EMPTY);
        return;
      default:
        this.#ctx.stats.messagesWithoutChannel++;
    }
  }

  /**
   * Ends the channels whose last message has been read; false when there are none. Their identifiers may be used anew at once: what
   * is read after this may be of others.
   */
  endRead(): boolean {
    if (this.#read.length === 0) return false;
    const over = this.#read.filter((channel) => channel.unread === 0 && channel.state !== 'closed');
    this.#read = [];
    for (const channel of over) this.#end(channel);
    if (over.length > 0 && !this.#inbox.isEmpty) this.#ctx.emit({ type: 'readable' });
    return over.length > 0;
  }

  /**
   * Takes the parts of a message that is delivered before it is whole. Of what no channel can take they are dropped. What is of DCEP
   * is taken whole, and so is what belongs to a channel that has to wait for the end of another.
   */
  openParts({ streamId, ppid }: InMessageHead): PartSink | undefined {
    const channel = this.#byId.get(streamId);
    if (ppid === Ppid.dcep || channel?.incomingReset) return undefined;
    const text = ppid === Ppid.string || ppid === Ppid.stringPartial;
    const binary = ppid === Ppid.binary || ppid === Ppid.binaryPartial;
    if (channel !== undefined && (text || binary)) {
      return new ChannelParts(channel, this.#ctx.stats, this.#inbox.open(channel, binary));
    }
    this.#ctx.stats.messagesWithoutChannel++;
    return discarded;
  }

  /** The peer reset its outgoing stream: it closes the channel, and so do we (RFC 8831 6.7). */
  handleIncomingReset(now: Instant, id: ChannelId): void {
    this.#ctx.stats.messagesWithoutChannel += this.early.take(id).length;
    const channel = this.#byId.get(id);
    if (channel === undefined) return;
    if (channel.isOver) {
      // One that the peer opened under the same identifier meanwhile, and closes again.
      this.#reset?.request(now, id);
      return;
    }
    channel.incomingReset = true;
    if (channel.state !== 'closing') {
      if (!this.#sending.abandon(now, channel)) {
        this.#abort('a message was left without its end');
        return;
      }
      channel.enter('closing');
      this.#ctx.emit({ type: 'channel-closing', channel: id });
      this.#resetWhenDrained(now, channel);
    }
    this.#endWhenReset(channel);
  }

  /**
   * The peer answered our reset request for `id`, made for `channel`; a refusal leaves nothing else to do but forget it. By now the
   * identifier may be another's.
   */
  handleOutgoingReset(id: ChannelId, channel: Channel | undefined, performed: boolean): void {
    if (!performed) this.#ctx.warn('reset-refused', `stream ${id}`);
    if (channel === undefined || channel.state === 'closed') return;
    channel.outgoingReset = true;
    if (!performed) channel.incomingReset = true;
    this.#endWhenReset(channel);
  }

  addStreams(now: Instant, count: number): boolean {
    const { outgoingStreams, peer, settings, state } = this.#ctx;
    if (!Number.isInteger(count) || count < 1 || !state.hasPeer || !peer.reConfig) return false;
    const asked = this.#reset?.streamsAsked ?? 0;
    if (outgoingStreams + asked + count > settings.maxStreams) return false;
    this.#reset?.addStreams(now, count);
    return true;
  }

  /** The peer answered our request for `count` more streams. */
  handleStreamsAdded(count: number, performed: boolean): void {
    if (!performed) this.#ctx.warn('reset-refused', `${count} more streams`);
    else this.#ctx.addedStreams.outgoing += count;
    if (performed) this.#ctx.emit({ type: 'streams-added', streams: this.#ctx.outgoingStreams });
  }

  /** The channel, if it takes messages to send. An association that is to end takes none (RFC 9260 9.2). */
  #writable(id: ChannelId): Channel | undefined {
    const channel = this.#byId.get(id);
    const isOpen = channel?.state === 'open' || channel?.state === 'connecting';
    return isOpen && !this.#ctx.state.ending ? channel : undefined;
  }

  #handleDcep(message: InMessage): void {
    const id = message.streamId;
    const channel = this.#byId.get(id);
    if (isAck(message.bytes)) {
      if (channel !== undefined) channel.confirmed = true;
      return;
    }
    const open = message.bytes[0] === DcepType.open ? decodeOpen(message.bytes) : undefined;
    if (open !== undefined && channel === undefined && this.#byId.size < this.#ctx.settings.maxChannels) {
      this.#accept(id, open);
      return;
    }
    // A bad OPEN, a stream in use, or too many channels: the stream is closed again (RFC 8832 6, 7).
    this.#ctx.warn('bad-dcep', `stream ${id}`);
    if (channel === undefined) this.#reset?.request(this.#ctx.now, id);
    else this.close(this.#ctx.now, id);
  }

  #accept(id: ChannelId, open: DcepOpen): void {
    const channel = new Channel(id, open, false, true);
    this.#byId.set(id, channel);
    channel.enter('open');
    this.#sending.push(new OutMessage(channel.stream, DCEP_ACK, Ppid.dcep, true));
    this.#ctx.emit({ type: 'channel', channel: id, info: channel });
    for (const waiting of this.early.take(id)) {
      // Ordered data cannot overtake its OPEN: that is of a channel that was reset before its peer had sent all of it.
      if (waiting.ordered) this.#ctx.stats.messagesWithoutChannel++;
      else this.deliver(waiting);
    }
  }

  #toInbox(message: InMessage, binary: boolean, bytes: Uint8Array): void {
    const channel = this.#byId.get(message.streamId);
    if (channel === undefined) {
      // A negotiated channel that we open later, or unordered data that overtook its OPEN.
      if (!this.early.hold(message)) this.#ctx.stats.messagesWithoutChannel++;
      return;
    }
    channel.messagesReceived++;
    channel.bytesReceived += bytes.length;
    this.#ctx.stats.messagesReceived++;
    this.#inbox.push(channel, binary, bytes);
  }

  #opened(channel: Channel): void {
    channel.enter('open');
    this.#ctx.emit({ type: 'channel-open', channel: channel.id });
    for (const waiting of this.early.take(channel.id)) this.deliver(waiting);
  }

  #drained(message: OutMessage, bytes: number): void {
    const channel = this.#byId.get(message.stream.id);
    const { stream } = message;
    if (message.counted && stream.drain(bytes)) this.#ctx.emit({ type: 'buffered-amount-low', channel: stream.id });
    if (channel?.state === 'closing') this.#resetWhenDrained(this.#ctx.now, channel);
  }

  #resetWhenDrained(now: Instant, channel: Channel): void {
    if (this.#ctx.state.now === 'closed') {
      this.#end(channel);
      return;
    }
    if (!this.#ctx.state.hasPeer || !channel.stream.isEmpty || channel.resetRequested) return;
    if (!this.#ctx.peer.reConfig) {
      this.#end(channel);
      return;
    }
    channel.resetRequested = true;
    this.#reset?.request(now, channel.id);
  }

  #endWhenReset(channel: Channel): void {
    if (channel.isOver && channel.unread === 0) this.#end(channel);
  }

  /** @param isEnd the association is over */
  #end(channel: Channel, isEnd = false): void {
    this.#sending.drop(channel);
    this.#byId.delete(channel.id);
    channel.enter('closed');
    const event = { type: 'channel-closed', channel: channel.id } as const;
    this.#ctx.emit(isEnd ? { ...event, isEnd } : event);
    if (channel.isOver) for (const waiting of this.early.take(channel.id)) this.deliver(waiting);
  }

  #chooseId(options: ChannelOptions): ChannelId {
    const limit = this.#streamLimit();
    if (this.#byId.size >= this.#ctx.settings.maxChannels) throw new SctpError('no-free-id', 'too many channels');
    if (options.id !== undefined) {
      if (options.id >= limit) throw new SctpError('bad-argument', `id must be below ${limit}`);
      if (this.#byId.has(options.id)) throw new SctpError('id-in-use', `channel ${options.id} exists`);
      return options.id;
    }
    // RFC 8832 6: the DTLS client takes even identifiers, the server odd ones.
    for (let id = this.#ctx.settings.dtlsRole === 'client' ? 0 : 1; id < limit; id += 2) {
      if (!this.#byId.has(id)) return id;
    }
    throw new SctpError('no-free-id', 'every stream of our parity is in use');
  }

  /** Identifiers below this may be used; 65 535 is none (RFC 8832 6). */
  #streamLimit(): number {
    return this.#ctx.state.hasPeer ? this.#ctx.outgoingStreams : this.#ctx.settings.streams;
  }
}

const EMPTY = new Uint8Array(0);
