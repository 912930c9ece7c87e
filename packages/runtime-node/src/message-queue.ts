/** What a message is: text, or bytes of the application's own. */
export type MessageData = string | ArrayBuffer;

/** Bounds of what an iterator may be behind. */
const MAX_MESSAGES = 256;
const MAX_BYTES = 1024 * 1024;

/** Messages between the connection and a reader that takes its time. */
export class MessageQueue {
  #messages: MessageData[] = [];
  #sizes: number[] = [];
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
    this.#bytes -= this.#sizes[this.#first];
    this.#first++;
    if (this.#first === this.#messages.length) {
      this.#messages = [];
      this.#sizes = [];
      this.#first = 0;
    }
    return message;
  }
}
