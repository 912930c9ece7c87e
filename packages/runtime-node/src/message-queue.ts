/** What a message is: text, or bytes of the application's own. */
export type MessageData = string | ArrayBuffer;

/** Bounds of what an iterator may be behind. */
const MAX_MESSAGES = 256;
const MAX_BYTES = 1024 * 1024;
/** Taken ones are cut off in blocks, so that a long queue is not moved for each. */
const BLOCK = 1024;

/** Messages between the connection and a reader that takes its time. */
export class MessageQueue {
  /** Undefined: taken. */
  readonly #messages: (MessageData | undefined)[] = [];
  readonly #sizes: number[] = [];
  #first = 0;
  #bytes = 0;

  get size(): number {
    return this.#messages.length - this.#first;
  }

  get isFull(): boolean {
    return this.size >= MAX_MESSAGES || this.#bytes >= MAX_BYTES;
  }

  /** @param bytes what the message weighs */
  push(message: MessageData, bytes: number): void {
    this.#messages.push(message);
    this.#sizes.push(bytes);
    this.#bytes += bytes;
  }

  take(): MessageData | undefined {
    if (this.size === 0) return undefined;
    const message = this.#messages[this.#first];
    this.#messages[this.#first] = undefined;
    this.#bytes -= this.#sizes[this.#first];
    this.#first++;
    if (this.#first === this.#messages.length || this.#first === BLOCK) {
      this.#messages.splice(0, this.#first);
      this.#sizes.splice(0, this.#first);
      this.#first = 0;
    }
    return message;
  }
}
