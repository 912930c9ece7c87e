import type { Message } from '../types.ts';
import { MESSAGE_OVERHEAD_BYTES } from './in-message.ts';

interface Entry {
  readonly channel: number;
  readonly binary: boolean;
  readonly bytes: Uint8Array;
}

/** Whole messages that the application has not read yet. */
export class Inbox {
  /** Bytes held, overhead included. */
  heldBytes = 0;
  readonly #entries: (Entry | undefined)[] = [];
  #head = 0;

  get isEmpty(): boolean {
    return this.#head === this.#entries.length;
  }

  push(channel: number, binary: boolean, bytes: Uint8Array): void {
    this.#entries.push({ channel, binary, bytes });
    this.heldBytes += bytes.length + MESSAGE_OVERHEAD_BYTES;
  }

  /** Moves the oldest message into `out`; false when there is none. */
  shift(out: Message): boolean {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return false;
    this.#entries[this.#head++] = undefined;
    if (this.#head === this.#entries.length) {
      this.#entries.length = 0;
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#entries.splice(0, this.#head);
      this.#head = 0;
    }
    out.channel = entry.channel;
    out.binary = entry.binary;
    out.bytes = entry.bytes;
    out.offset = 0;
    out.length = entry.bytes.length;
    this.heldBytes -= entry.bytes.length + MESSAGE_OVERHEAD_BYTES;
    return true;
  }
}
