import { type Instant, NEVER } from '@hawser/wire';

/** A bucket of messages that may be sent: full at first, filled at a steady rate, one taken for each. */
export class MessageBudget {
  readonly #most: number;
  readonly #msPerMessage: number;
  /** What was in the bucket after the last message, and when that was. */
  #left: number;
  #at: Instant = 0;

  constructor(most: number, perSecond: number) {
    this.#most = most;
    this.#msPerMessage = 1000 / perSecond;
    this.#left = most;
  }

  /** When a message may be sent: at once where that is not after now. */
  get readyAt(): Instant {
    return this.#left >= 1 ? -NEVER : this.#at + (1 - this.#left) * this.#msPerMessage;
  }

  /** Takes one, if there is one: from `readyAt` on there is, however the times round, or a timer would never get on. */
  take(now: Instant): boolean {
    if (now < this.readyAt) return false;
    const left = Math.min(this.#most, this.#left + Math.max(0, now - this.#at) / this.#msPerMessage);
    this.#left = Math.max(0, left - 1);
    this.#at = now;
    return true;
  }
}
