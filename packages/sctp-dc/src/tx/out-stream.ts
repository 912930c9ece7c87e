import type { OutMessage } from './out-message.ts';

/** The outgoing half of a stream: its queue, its sequence numbers, its share. */
export class OutStream {
  readonly id: number;
  /** Relative weight (RFC 8831 6.4). */
  readonly priority: number;
  /** Next stream sequence number (RFC 9260 6.5), or MID of an ordered message (RFC 8260 2.1). */
  nextSsn = 0;
  /** Next MID of an unordered message. */
  nextUnorderedMid = 0;
  /** User data queued and not yet sent for the first time: W3C `bufferedAmount`. */
  bufferedBytes = 0;
  lowThresholdBytes = 0;
  /** Virtual time at which its next turn starts, for weighted fair queueing. */
  virtualTime = 0;
  /** Count of the turn it had last. */
  lastTurn = 0;
  /** The newest chunk when its reset was asked for: once the peer has come so far the stream's numbers are another's. */
  resetAt = Number.POSITIVE_INFINITY;
  /** Whether it is in the scheduler's list. */
  scheduled = false;
  readonly #queue: OutMessage[] = [];
  #head = 0;

  constructor(id: number, priority: number) {
    this.id = id;
    this.priority = priority;
  }

  get isEmpty(): boolean {
    return this.#head === this.#queue.length;
  }

  /** Messages queued, the one being sent included. */
  get size(): number {
    return this.#queue.length - this.#head;
  }

  /** `bytes` of user data are not queued any more; answers whether `bufferedBytes` fell to the threshold. */
  drain(bytes: number): boolean {
    const before = this.bufferedBytes;
    this.bufferedBytes -= bytes;
    return before > this.lowThresholdBytes && this.bufferedBytes <= this.lowThresholdBytes;
  }

  push(message: OutMessage): void {
    this.#queue.push(message);
  }

  peek(): OutMessage | undefined {
    return this.#queue[this.#head];
  }

  last(): OutMessage | undefined {
    return this.#queue[this.#queue.length - 1];
  }

  /** Takes the last message out, of more than one. */
  pop(): OutMessage | undefined {
    return this.#queue.pop();
  }

  /** Takes the first message out. Taken ones are cut off in blocks, so that a long queue is not moved for each. */
  shift(): OutMessage | undefined {
    const message = this.#queue[this.#head];
    if (message === undefined) return undefined;
    this.#head++;
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head >= 1024) {
      this.#queue.splice(0, this.#head);
      this.#head = 0;
    }
    return message;
  }
}
