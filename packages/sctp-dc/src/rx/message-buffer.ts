const LEAST_BYTES = 4096;

/** So many messages may be under way at once for a new one to be thought as long as the last. */
const FEW = 4;
/** Of more than these each gets what it needs: nobody makes room for thousands of bytes by sending one. */
const MANY = 64;

/** Room to begin with: messages are often all of one length, and then none is copied in order to grow, or to be told. */
export function firstRoom(messagesUnderWay: number, lastMessageBytes: number): number {
  if (messagesUnderWay < FEW) return Math.max(lastMessageBytes, LEAST_BYTES);
  return messagesUnderWay < MANY ? LEAST_BYTES : 0;
}

/** The beginning of a message, in one piece. It doubles as it fills: who announces much and sends little costs little. */
export class MessageBuffer {
  /** Bytes that are there. */
  length = 0;
  #bytes: Uint8Array = EMPTY;
  readonly #mostBytes: number;
  readonly #firstBytes: number;

  /** @param firstBytes room that the first byte makes */
  constructor(mostBytes: number, firstBytes = LEAST_BYTES) {
    this.#mostBytes = mostBytes;
    this.#firstBytes = firstBytes;
  }

  /** Copies `length` bytes of `from` at `at`. The caller has checked that the message may be so long. */
  append(from: Uint8Array, at: number, length: number): void {
    const needed = this.length + length;
    if (needed > this.#bytes.length) {
      // Beyond the most it is to hold, too, it doubles: that is for a message whose turn to be read is late.
      const most = needed > this.#mostBytes ? Number.POSITIVE_INFINITY : this.#mostBytes;
      const room = Math.min(Math.max(2 * this.#bytes.length, needed, this.#firstBytes), most);
      const bytes = new Uint8Array(room);
      bytes.set(this.#bytes.subarray(0, this.length));
      this.#bytes = bytes;
    }
    this.#bytes.set(from.subarray(at, at + length), this.length);
    this.length = needed;
  }

  /** Begins anew, with nothing in it. */
  clear(): void {
    this.length = 0;
    this.#bytes = EMPTY;
  }

  /** The message: a view, not a copy. */
  whole(): Uint8Array {
    return this.length === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.length);
  }
}

const EMPTY = new Uint8Array(0);
