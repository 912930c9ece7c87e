import type { DataChannel as ChannelHandle, DataChannelState } from '@hawser/webrtc';
import { ConnectionError } from './errors.ts';
import { EventHandlers } from './event-handlers.ts';
import type { KeepAlive } from './keep-alive.ts';
import { MessageQueue } from './message-queue.ts';
import { Waiters, type WaitOptions } from './waiters.ts';

/** What a message is: text, or bytes of the application's own. */
export type MessageData = string | ArrayBuffer;

/** What a channel asks of its connection. */
export interface ChannelOwner {
  readonly keepAlive: KeepAlive;
  /** Throws when the message cannot be queued. */
  send(channel: ChannelHandle, bytes: Uint8Array, binary: boolean): void;
  /** Whether the send queue would take a message of `bytes`. */
  hasRoom(channel: ChannelHandle): boolean;
  bufferedAmount(channel: ChannelHandle): number;
  setLowThreshold(channel: ChannelHandle, bytes: number): void;
  close(channel: ChannelHandle): void;
  /** An iterator took messages off its queue: reading may go on. */
  resumeReading(): void;
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
const decoder = new TextDecoder();

/**
 * A data channel, W3C `RTCDataChannel`, with promises for what one waits for: `opened`, `ready` (room to send), `drained`
 * (nothing left in the queue), and `messages` to read with back-pressure.
 *
 * Events: `open`, `message` (`data` is a string or an ArrayBuffer), `bufferedamountlow`, `closing`, `close`.
 */
export class DataChannel extends EventTarget {
  readonly #handle: ChannelHandle;
  readonly #owner: ChannelOwner;
  readonly #handlers = new EventHandlers(this);
  readonly #waiters: Waiters;
  /** Iterators wait apart: what has arrived is theirs even after the channel closed. */
  readonly #readers: Waiters;
  #reader: MessageQueue | undefined;

  /** Made by `PeerConnection`. */
  constructor(handle: ChannelHandle, owner: ChannelOwner) {
    super();
    this.#handle = handle;
    this.#owner = owner;
    this.#waiters = new Waiters(owner.keepAlive);
    this.#readers = new Waiters(owner.keepAlive);
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

  /** Always `arraybuffer`: there are no Blobs to receive here. */
  get binaryType(): 'arraybuffer' {
    return 'arraybuffer';
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
   * Errors: `invalid-state` while not open, `message-too-long` above what the peer accepts, `queue-full` when the send
   * queue is at its limit: then wait for `ready()`.
   */
  send(data: string | ArrayBuffer | ArrayBufferView): void {
    if (this.#handle.state !== 'open') {
      throw new ConnectionError('invalid-state', `the channel is ${this.#handle.state}, not open`);
    }
    if (typeof data === 'string') this.#owner.send(this.#handle, encoder.encode(data), false);
    else this.#owner.send(this.#handle, bytesOf(data), true);
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

  /**
   * Messages one by one, from the call on. What is not read stays unread at the sender: the queue here is short, and when
   * it is full the whole connection stops reading until it is taken. Ends when the channel closes. After a `break`
   * messages are events again, those first that were not taken.
   *
   * Errors: `invalid-state` while there is another reader of this channel.
   */
  messages({ signal }: WaitOptions = {}): AsyncGenerator<MessageData, void, undefined> {
    if (this.#reader !== undefined) throw new ConnectionError('invalid-state', 'somebody else reads this channel');
    const reader = new MessageQueue();
    this.#reader = reader;
    const messages = this.#take(reader, signal);
    // The body of a generator begins with the first `next`: one that ends before that never comes to its `finally`.
    const next = messages.next.bind(messages);
    const end = messages.return.bind(messages);
    let begun = false;
    messages.next = () => {
      begun = true;
      return next();
    };
    messages.return = (value) => {
      if (!begun) this.#endReading(reader);
      return end(value);
    };
    return messages;
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

  /** Whether an iterator of this channel is behind: the connection must not read on. */
  get isBehind(): boolean {
    return this.#reader?.isFull ?? false;
  }

  /** Called by the connection with each message; `bytes` are borrowed. */
  deliver(bytes: Uint8Array, offset: number, length: number, binary: boolean): void {
    const view = bytes.subarray(offset, offset + length);
    const data = binary ? view.slice().buffer : decoder.decode(view);
    if (this.#reader !== undefined) {
      this.#reader.push(data, length);
      this.#readers.check();
    } else this.dispatchEvent(new ChannelMessageEvent(data));
  }

  /** Called by the connection when the channel's state or queue changed, with the event to tell, if any. */
  notify(type: 'open' | 'closing' | 'close' | 'bufferedamountlow' | undefined): void {
    if (type !== undefined) this.dispatchEvent(new Event(type));
    // First: an empty queue of a closed channel was given up, not sent.
    if (this.#handle.state === 'closed') this.#waiters.fail(new ConnectionError('closed', 'the channel closed'));
    this.#waiters.check();
    this.#readers.check();
  }

  async *#take(reader: MessageQueue, signal: AbortSignal | undefined): AsyncGenerator<MessageData, void, undefined> {
    try {
      for (;;) {
        const message = reader.take();
        if (message !== undefined) {
          this.#owner.resumeReading();
          yield message;
        } else if (this.#handle.state === 'closed') return;
        else await this.#readers.until(() => reader.size > 0 || this.#handle.state === 'closed', { signal });
      }
    } finally {
      this.#endReading(reader);
    }
  }

  /** From here on messages are events again, what `reader` was not asked for first. */
  #endReading(reader: MessageQueue): void {
    if (this.#reader !== reader) return;
    this.#reader = undefined;
    for (let left = reader.take(); left !== undefined; left = reader.take()) {
      this.dispatchEvent(new ChannelMessageEvent(left));
    }
    this.#owner.resumeReading();
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
