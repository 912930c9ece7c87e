import { type Message, MessagePart } from '@hawser/sctp-dc';
import { ConnectionError } from './errors.ts';
import type { KeepAlive } from './keep-alive.ts';
import { MessageAssembly } from './message-assembly.ts';
import { type MessageData, MessageQueue } from './message-queue.ts';
import { beginsMessage, endsMessage, PartQueue, type QueuedPart } from './part-queue.ts';
import { Waiters, type WaitOptions } from './waiters.ts';

/** A message that is read while it arrives. */
export interface IncomingMessage {
  /** False for text: the bytes are its UTF-8. */
  readonly binary: boolean;
  /** Its bytes. Fails with `cut` when the peer gives the message up, or the connection ends, before its end. */
  readonly readable: ReadableStream<Uint8Array>;
}

/** What reading a channel needs of it. */
export interface ReadingHost {
  readonly keepAlive: KeepAlive;
  /** Longest message that is put together for those who read whole ones. */
  readonly mostMessageBytes: number;
  isClosed(): boolean;
  /** A reader took what it had: the connection may read on. */
  resumeReading(): void;
  /** Nobody reads the channel: the message is an event. */
  dispatch(data: MessageData): void;
  /** A message is longer than may be put together. */
  tooLong(): void;
}

const decoder = new TextDecoder();

/** The receiving half of a channel: messages go to its reader, if it has one, else they are events. */
export class ChannelReading {
  readonly #host: ReadingHost;
  readonly #assembly: MessageAssembly;
  /** Readers have what arrived even after the channel closed. */
  readonly #waiters: Waiters;
  #messages: MessageQueue | undefined;
  #parts: PartQueue | undefined;
  /** What is being put together is no text. */
  #assemblesBinary = true;
  /** Counts the messages that were begun as streams: a stream of one before the latest has no more to take. */
  #begun = 0;

  constructor(host: ReadingHost) {
    this.#host = host;
    this.#assembly = new MessageAssembly(host.mostMessageBytes);
    this.#waiters = new Waiters(host.keepAlive);
  }

  /** Whether the reader is behind: the connection must not read on. */
  get isBehind(): boolean {
    return (this.#messages ?? this.#parts)?.isFull ?? false;
  }

  /** Takes a message, or a part of one; its bytes are ours from here on. */
  deliver({ bytes, offset, length, binary, part }: Readonly<Message>): void {
    if (this.#parts !== undefined) {
      this.#parts.push({ bytes: new Uint8Array(bufferOf(bytes, offset, length)), binary, part });
    } else if (part === MessagePart.whole) this.#tell(bytes, offset, length, binary);
    else {
      this.#assemblesBinary = binary;
      const whole = this.#assembly.add(bytes.subarray(offset, offset + length), part);
      if (whole === 'too-long') this.#host.tooLong();
      if (!(whole instanceof Uint8Array)) return;
      this.#tell(whole, 0, whole.length, binary);
    }
    this.#waiters.check();
  }

  #tell(bytes: Uint8Array, offset: number, length: number, binary: boolean): void {
    const data = binary ? bufferOf(bytes, offset, length) : decoder.decode(bytes.subarray(offset, offset + length));
    if (this.#messages === undefined) this.#host.dispatch(data);
    else this.#messages.push(data, length);
  }

  /** The channel changed: who waits may have waited for that. */
  check(): void {
    this.#waiters.check();
  }

  /** Resolves when the channel is closed and its events were told. */
  closed(options?: WaitOptions): Promise<void> {
    return this.#waiters.until(() => this.#host.isClosed(), options);
  }

  /** Whole messages, from the call on. Errors: `invalid-state`. */
  messages(options: WaitOptions = {}): AsyncGenerator<MessageData, void, undefined> {
    this.#assertFree();
    const queue = new MessageQueue();
    this.#messages = queue;
    return begunAtOnce(this.#takeMessages(queue, options), () => this.#endMessages(queue));
  }

  /** Messages of any length, from the call on, each read while it arrives. Errors: `invalid-state`. */
  messageStreams(options: WaitOptions = {}): AsyncGenerator<IncomingMessage, void, undefined> {
    this.#assertFree();
    const queue = new PartQueue();
    // What has come of a message belongs to the new reader, too.
    const begun = this.#assembly.take();
    if (begun.length > 0) queue.push({ bytes: begun, binary: this.#assemblesBinary, part: MessagePart.first });
    this.#parts = queue;
    return begunAtOnce(this.#takeStreams(queue, options), () => this.#endParts(queue));
  }

  #assertFree(): void {
    if (this.#messages === undefined && this.#parts === undefined) return;
    throw new ConnectionError('invalid-state', 'somebody else reads this channel');
  }

  async *#takeMessages(queue: MessageQueue, options: WaitOptions): AsyncGenerator<MessageData, void, undefined> {
    try {
      for (;;) {
        const message = queue.take();
        if (message !== undefined) {
          this.#host.resumeReading();
          yield message;
        } else if (this.#host.isClosed()) return;
        else await this.#waiters.until(() => queue.size > 0 || this.#host.isClosed(), options);
      }
    } finally {
      this.#endMessages(queue);
    }
  }

  async *#takeStreams(queue: PartQueue, options: WaitOptions): AsyncGenerator<IncomingMessage, void, undefined> {
    try {
      for (;;) {
        const first = await this.#takePart(queue, false, options);
        if (first === undefined) return;
        // The rest of a message whose beginning another reader had, or that was not read to its end.
        if (!beginsMessage(first)) continue;
        yield { binary: first.binary, readable: this.#streamOf(queue, first, options) };
      }
    } finally {
      this.#endParts(queue);
    }
  }

  /** The parts of the message that begins with `first`, as they are asked for. */
  #streamOf(queue: PartQueue, first: QueuedPart, options: WaitOptions): ReadableStream<Uint8Array> {
    const number = ++this.#begun;
    let next: QueuedPart | undefined = first;
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      const part = next ?? (this.#begun === number ? await this.#takePart(queue, true, options) : undefined);
      next = undefined;
      if (part === undefined || part.part === MessagePart.cut) {
        throw new ConnectionError('cut', 'the message ended before it was whole');
      }
      if (part.bytes.length > 0) controller.enqueue(part.bytes);
      if (endsMessage(part)) controller.close();
    };
    return new ReadableStream({ pull }, { highWaterMark: 0 });
  }

  /** The next part; undefined when none will come, or with `within` when it is another message's. */
  async #takePart(queue: PartQueue, within: boolean, options: WaitOptions): Promise<QueuedPart | undefined> {
    const isOver = () => this.#parts !== queue || this.#host.isClosed();
    await this.#waiters.until(() => queue.size > 0 || isOver(), options);
    const part = queue.take(within);
    if (part !== undefined) this.#host.resumeReading();
    return part;
  }

  /** From here on messages are events again, what `queue` was not asked for first. */
  #endMessages(queue: MessageQueue): void {
    if (this.#messages !== queue) return;
    this.#messages = undefined;
    for (let left = queue.take(); left !== undefined; left = queue.take()) this.#host.dispatch(left);
    this.#host.resumeReading();
  }

  /** From here on messages are events again; what is left goes the way it would have gone, but for a message half read. */
  #endParts(queue: PartQueue): void {
    if (this.#parts !== queue) return;
    this.#parts = undefined;
    for (let left = queue.take(false); left !== undefined; left = queue.take(false)) {
      const { binary, bytes, part } = left;
      this.deliver({ channel: 0, binary, bytes, offset: 0, length: bytes.length, part });
    }
    // Who reads a message that was begun gets no more of it.
    this.#waiters.check();
    this.#host.resumeReading();
  }
}

/** The body of a generator begins with the first `next`: one that ends before that never comes to its `finally`. */
function begunAtOnce<T>(generator: AsyncGenerator<T, void, undefined>, end: () => void): typeof generator {
  const next = generator.next.bind(generator);
  const finish = generator.return.bind(generator);
  const fail = generator.throw.bind(generator);
  let begun = false;
  generator.next = () => {
    begun = true;
    return next();
  };
  generator.return = (value) => {
    if (!begun) end();
    return finish(value);
  };
  generator.throw = (error) => {
    if (!begun) end();
    return fail(error);
  };
  return generator;
}

/** A buffer with these bytes and no others: their own, if they fill it. */
function bufferOf(bytes: Uint8Array, offset: number, length: number): ArrayBuffer {
  const buffer = bytes.buffer as ArrayBuffer;
  const at = bytes.byteOffset + offset;
  return length > 0 && length === buffer.byteLength ? buffer : buffer.slice(at, at + length);
}
