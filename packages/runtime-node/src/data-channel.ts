import type { Message } from '@hawser/sctp-dc';
import type { DataChannel as ChannelHandle, DataChannelState } from '@hawser/webrtc';
import { ChannelReading, type IncomingMessage } from './channel-reading.ts';
import { messageWritable, readableOf, type WritableData, writableOf } from './channel-streams.ts';
import { ConnectionError } from './errors.ts';
import { EventHandlers } from './event-handlers.ts';
import type { KeepAlive } from './keep-alive.ts';
import type { MessageData } from './message-queue.ts';
import { Waiters, type WaitOptions } from './waiters.ts';

/** What a channel asks of its connection. */
export interface ChannelOwner {
  readonly keepAlive: KeepAlive;
  /** Longest message that is put together here. */
  readonly mostMessageBytes: number;
  /** False when the send queue is full; throws when the message can never be queued. */
  send(channel: ChannelHandle, bytes: Uint8Array, binary: boolean): boolean;
  /** As `send`, with a part of a message. */
  sendPart(channel: ChannelHandle, bytes: Uint8Array, binary: boolean, last: boolean): boolean;
  /** Withdraws the message that is being sent in parts. */
  abandonMessage(channel: ChannelHandle): void;
  /** Whether the channel's queue is short, and that of the connection not full. */
  hasRoom(channel: ChannelHandle): boolean;
  /** As `hasRoom`, for a message in parts: it may have to wait whole. */
  hasRoomForParts(channel: ChannelHandle): boolean;
  bufferedAmount(channel: ChannelHandle): number;
  setLowThreshold(channel: ChannelHandle, bytes: number): void;
  close(channel: ChannelHandle): void;
  /** A reader took messages off its queue: reading may go on. */
  resumeReading(): void;
  /** Something went wrong that ends the channel, not the connection. */
  report(code: string, message: string): void;
}

/** `message`: one message of the peer. */
export class ChannelMessageEvent extends Event {
  readonly data: MessageData;

  constructor(data: MessageData) {
    super('message');
    this.data = data;
  }
}

const encoder = new TextEncoder();

/**
 * A data channel, W3C `RTCDataChannel`, with promises for what one waits for: `opened`, `ready` (room to send), `drained`
 * (nothing left in the queue), `closed`; and with back-pressure both ways: `messages` and `readable`, `writable`, and for
 * messages longer than one wants to hold `messageStreams` and `messageWritable`.
 *
 * Events: `open`, `message` (`data` is a string or an ArrayBuffer), `bufferedamountlow`, `closing`, `close`.
 */
export class DataChannel extends EventTarget {
  readonly #handle: ChannelHandle;
  readonly #owner: ChannelOwner;
  readonly #handlers = new EventHandlers(this);
  readonly #waiters: Waiters;
  readonly #reading: ChannelReading;
  #readable: ReadableStream<MessageData> | undefined;
  #writable: WritableStream<WritableData> | undefined;
  #isWritingParts = false;

  /** Made by `PeerConnection`. */
  constructor(handle: ChannelHandle, owner: ChannelOwner) {
    super();
    this.#handle = handle;
    this.#owner = owner;
    this.#waiters = new Waiters(owner.keepAlive);
    this.#reading = new ChannelReading({
      keepAlive: owner.keepAlive,
      mostMessageBytes: owner.mostMessageBytes,
      isClosed: () => handle.state === 'closed',
      resumeReading: () => owner.resumeReading(),
      dispatch: (data) => this.dispatchEvent(new ChannelMessageEvent(data)),
      tooLong: () => {
        // RFC 8831 6.6: a message that cannot be taken ends its channel.
        owner.report('message-too-long', `a message of channel ${handle.label} is longer than can be put together`);
        this.close();
      },
    });
  }

  get label(): string {
    return this.#handle.label;
  }

  get protocol(): string {
    return this.#handle.protocol;
  }

  get ordered(): boolean {
    return this.#handle.options.ordered ?? true;
  }

  get maxRetransmits(): number | null {
    return this.#handle.options.maxRetransmits ?? null;
  }

  get maxPacketLifeTime(): number | null {
    return this.#handle.options.maxPacketLifeTimeMs ?? null;
  }

  get negotiated(): boolean {
    return this.#handle.options.negotiated ?? false;
  }

  /** The SCTP stream; null until the connection has chosen it. */
  get id(): number | null {
    return this.#handle.id ?? null;
  }

  get readyState(): DataChannelState {
    return this.#handle.state;
  }

  /** Always `arraybuffer`: there are no Blobs to receive here. Errors, when set to another: `invalid-config`. */
  get binaryType(): 'arraybuffer' {
    return 'arraybuffer';
  }

  set binaryType(type: 'arraybuffer') {
    if (type !== 'arraybuffer') throw new ConnectionError('invalid-config', `binaryType ${type}: only arraybuffer`);
  }

  /** Bytes queued and not yet given to the network. */
  get bufferedAmount(): number {
    return this.#owner.bufferedAmount(this.#handle);
  }

  get bufferedAmountLowThreshold(): number {
    return this.#handle.bufferedAmountLowThreshold;
  }

  set bufferedAmountLowThreshold(bytes: number) {
    this.#owner.setLowThreshold(this.#handle, bytes);
  }

  /**
   * Queues a message, copied at once.
   *
   * Errors: `invalid-state` while not open or while a message is written in parts, `message-too-long` above what the peer
   * accepts, `queue-full` when the send queue is at its limit: then wait for `ready()`.
   */
  send(data: WritableData): void {
    if (!this.trySend(data)) throw new ConnectionError('queue-full', 'the send queue is full: wait for ready()');
  }

  /** As `send`, but false when the send queue is full: nothing was taken. */
  trySend(data: WritableData): boolean {
    this.#assertOpen();
    if (typeof data === 'string') return this.#owner.send(this.#handle, encoder.encode(data), false);
    return this.#owner.send(this.#handle, bytesOf(data), true);
  }

  /** Sends what is queued, then closes both directions. */
  close(): void {
    this.#owner.close(this.#handle);
  }

  /** Resolves when the channel is open. Rejects with `closed` when it never will be. Holds the process meanwhile. */
  opened(options?: WaitOptions): Promise<void> {
    return this.#waitFor(() => this.#handle.state === 'open', options);
  }

  /** Resolves when the send queue has room. Holds the process meanwhile. */
  ready(options?: WaitOptions): Promise<void> {
    return this.#waitFor(() => this.#owner.hasRoom(this.#handle), options);
  }

  /** Resolves when everything queued has been given to the network once. Holds the process meanwhile. */
  drained(options?: WaitOptions): Promise<void> {
    return this.#waitFor(() => this.bufferedAmount === 0, options);
  }

  /** Resolves when the channel is closed, and every message was read. Holds the process meanwhile. */
  closed(options?: WaitOptions): Promise<void> {
    return this.#reading.closed(options);
  }

  /**
   * Messages one by one, from the call on. What is not read stays unread at the sender: the queue here is short, and when
   * it is full the whole connection stops reading until it is taken. Ends when the channel closes. After a `break`
   * messages are events again, those first that were not taken.
   *
   * Errors: `invalid-state` while there is another reader of this channel.
   */
  messages(options?: WaitOptions): AsyncGenerator<MessageData, void, undefined> {
    return this.#reading.messages(options);
  }

  /**
   * Messages one by one, each read while it arrives, however long it is; otherwise as `messages`. Asking for the next one leaves
   * out what was not read of the one before.
   *
   * Errors: `invalid-state` while there is another reader of this channel.
   */
  messageStreams(options?: WaitOptions): AsyncGenerator<IncomingMessage, void, undefined> {
    return this.#reading.messageStreams(options);
  }

  /**
   * `messages` as a stream, from the first look at it on: nothing is read ahead. Cancelling it makes messages events again.
   * Errors: `invalid-state` while there is another reader of this channel.
   */
  get readable(): ReadableStream<MessageData> {
    this.#readable ??= readableOf(this);
    return this.#readable;
  }

  /** The channel as a stream to write messages to. Closing or aborting it closes the channel; what was written is still sent. */
  get writable(): WritableStream<WritableData> {
    this.#writable ??= writableOf(this);
    return this.#writable;
  }

  /**
   * One message as a stream to write its parts to, of any length. It is whole when the stream is closed; aborting the stream, or
   * `signal`, withdraws it, and so does a write that fails. From its first part until then nothing else can be sent on the channel,
   * and there is one such stream at a time. Towards a peer without I-DATA (RFC 8260:
   * browsers) a message begins to leave when it has its end, or is longer than 4 MiB; then all other channels wait for its end.
   *
   * Writes fail with `message-too-long`, `cut` when the message outlived its time, and `closed`. Errors: `invalid-state`.
   */
  messageWritable({
    binary = true,
    signal,
  }: WaitOptions & { binary?: boolean } = {}): WritableStream<string | Uint8Array> {
    this.#assertOpen();
    if (this.#isWritingParts) throw new ConnectionError('invalid-state', 'a message is being written in parts');
    this.#isWritingParts = true;
    return messageWritable(
      {
        write: (bytes, last) => this.#owner.sendPart(this.#handle, bytes, binary, last),
        hasRoom: (aborted) => this.#waitFor(() => this.#owner.hasRoomForParts(this.#handle), { signal: aborted }),
        abandon: () => this.#owner.abandonMessage(this.#handle),
      },
      () => {
        this.#isWritingParts = false;
      },
      signal,
    );
  }

  get onopen(): ((event: Event) => void) | null {
    return this.#handlers.get('open');
  }

  set onopen(handler: ((event: Event) => void) | null) {
    this.#handlers.set('open', handler);
  }

  get onmessage(): ((event: ChannelMessageEvent) => void) | null {
    return this.#handlers.get('message');
  }

  set onmessage(handler: ((event: ChannelMessageEvent) => void) | null) {
    this.#handlers.set('message', handler);
  }

  get onbufferedamountlow(): ((event: Event) => void) | null {
    return this.#handlers.get('bufferedamountlow');
  }

  set onbufferedamountlow(handler: ((event: Event) => void) | null) {
    this.#handlers.set('bufferedamountlow', handler);
  }

  get onclosing(): ((event: Event) => void) | null {
    return this.#handlers.get('closing');
  }

  set onclosing(handler: ((event: Event) => void) | null) {
    this.#handlers.set('closing', handler);
  }

  get onclose(): ((event: Event) => void) | null {
    return this.#handlers.get('close');
  }

  set onclose(handler: ((event: Event) => void) | null) {
    this.#handlers.set('close', handler);
  }

  /** Whether a reader of this channel is behind: the connection must not read on. */
  get isBehind(): boolean {
    return this.#reading.isBehind;
  }

  /** Called by the connection with each message, or part of one; `bytes` are borrowed. */
  deliver(message: Readonly<Message>): void {
    this.#reading.deliver(message);
  }

  /** Called by the connection when the channel's state or queue changed, with the event to tell, if any. */
  notify(type: 'open' | 'closing' | 'close' | 'bufferedamountlow' | undefined): void {
    if (type !== undefined) this.dispatchEvent(new Event(type));
    // First: an empty queue of a closed channel was given up, not sent.
    if (this.#handle.state === 'closed') this.#waiters.fail(new ConnectionError('closed', 'the channel closed'));
    this.#waiters.check();
    this.#reading.check();
  }

  #assertOpen(): void {
    if (this.#handle.state === 'open') return;
    throw new ConnectionError('invalid-state', `the channel is ${this.#handle.state}, not open`);
  }

  #waitFor(condition: () => boolean, options?: WaitOptions): Promise<void> {
    if (this.#handle.state === 'closed') return Promise.reject(new ConnectionError('closed', 'the channel is closed'));
    return this.#waiters.until(condition, options);
  }
}

function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(data);
}
