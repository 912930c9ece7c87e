import { type Message, MessagePart } from '../types.ts';
import { MESSAGE_OVERHEAD_BYTES } from './in-message.ts';
import { MessageBuffer } from './message-buffer.ts';

/** Whose messages they are. */
export interface Recipient {
  readonly id: number;
  /** Its messages that have not been read. */
  unread: number;
}

interface Entry {
  readonly channel: Recipient;
  readonly binary: boolean;
  readonly bytes: Uint8Array;
}

/** Messages that the application has not read yet, and parts of such as are delivered before they are whole. */
export class Inbox {
  /** Bytes held, overhead included. */
  heldBytes = 0;
  /** Called when there is something to read and was not before. */
  readable: () => void = () => {};
  /** Called when a channel's last message was read. */
  allRead: (channel: Recipient) => void = () => {};
  readonly #entries: (Entry | InboxParts | undefined)[] = [];
  #head = 0;

  get isEmpty(): boolean {
    return this.#head === this.#entries.length;
  }

  push(channel: Recipient, binary: boolean, bytes: Uint8Array): void {
    this.heldBytes += bytes.length + MESSAGE_OVERHEAD_BYTES;
    this.#add({ channel, binary, bytes });
  }

  /** A message that will come in parts. */
  open(channel: Recipient, binary: boolean): InboxParts {
    return new InboxParts(this, channel, binary, (parts) => this.#add(parts));
  }

  /** Moves the oldest message, or what is there of it, into `out`; false when there is none. */
  shift(out: Message): boolean {
    for (let entry = this.#take(); entry !== undefined; entry = this.#take()) {
      const { channel } = entry;
      if (--channel.unread === 0) this.allRead(channel);
      if (entry instanceof InboxParts) {
        if (entry.take(out)) return true;
        continue;
      }
      out.channel = channel.id;
      out.binary = entry.binary;
      out.bytes = entry.bytes;
      out.offset = 0;
      out.length = entry.bytes.length;
      out.part = MessagePart.whole;
      this.heldBytes -= entry.bytes.length + MESSAGE_OVERHEAD_BYTES;
      return true;
    }
    return false;
  }

  #add(entry: Entry | InboxParts): void {
    const wasEmpty = this.isEmpty;
    entry.channel.unread++;
    this.#entries.push(entry);
    if (wasEmpty) this.readable();
  }

  #take(): Entry | InboxParts | undefined {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#entries[this.#head++] = undefined;
    if (this.#head === this.#entries.length) {
      this.#entries.length = 0;
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#entries.splice(0, this.#head);
      this.#head = 0;
    }
    return entry;
  }
}

/**
 * A message that is read while it arrives. It has a place among the messages whenever there is something of it to read; what
 * comes before that is read joins it, so a reader that takes its time gets few large parts.
 */
export class InboxParts {
  readonly channel: Recipient;
  readonly binary: boolean;
  readonly #inbox: Inbox;
  readonly #queue: (parts: InboxParts) => void;
  #buffer = new MessageBuffer(Number.POSITIVE_INFINITY);
  #isQueued = false;
  #hasBegun = false;
  #state: 'open' | 'ended' | 'cut' = 'open';

  /** @param queue gives it its place among the messages */
  constructor(inbox: Inbox, channel: Recipient, binary: boolean, queue: (parts: InboxParts) => void) {
    this.#inbox = inbox;
    this.channel = channel;
    this.binary = binary;
    this.#queue = queue;
  }

  append(bytes: Uint8Array, at: number, length: number): void {
    if (this.#state !== 'open') return;
    this.#buffer.append(bytes, at, length);
    this.#inbox.heldBytes += length;
    this.#wantRead();
  }

  end(): void {
    this.#finish('ended');
  }

  cut(): void {
    this.#finish('cut');
  }

  /** Moves what is there into `out`; false when that is nothing, not even an end. */
  take(out: Message): boolean {
    this.#isQueued = false;
    const { length } = this.#buffer;
    const begins = !this.#hasBegun;
    // Of what was given up before anything of it was read nobody need hear.
    if (this.#state === 'cut' && begins) {
      this.#drop();
      return false;
    }
    out.channel = this.channel.id;
    out.binary = this.binary;
    out.offset = 0;
    if (this.#state === 'cut') {
      this.#drop();
      out.bytes = EMPTY;
      out.length = 0;
      out.part = MessagePart.cut;
      return true;
    }
    out.bytes = this.#buffer.whole();
    out.length = length;
    if (this.#state === 'ended') out.part = begins ? MessagePart.whole : MessagePart.last;
    else out.part = begins ? MessagePart.first : MessagePart.next;
    this.#hasBegun = true;
    this.#drop();
    return true;
  }

  #finish(state: 'ended' | 'cut'): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#wantRead();
  }

  #drop(): void {
    this.#inbox.heldBytes -= this.#buffer.length;
    this.#buffer = new MessageBuffer(Number.POSITIVE_INFINITY);
  }

  #wantRead(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.#queue(this);
  }
}

const EMPTY = new Uint8Array(0);
