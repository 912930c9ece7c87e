import { type Instant, NEVER } from '@hawser/wire';

/** A bucket of messages that may be sent: full at first, filled at a steady rate, one taken for each. */
export class MessageBudget {
  readonly #most: number;
  readonly #msPerMessage: number;
  /** When the bucket would have been empty, had it been filled from then on. */
  #emptyAt: Instant = -NEVER;

  constructor(most: number, perSecond: number) {
    this.#most = most;
    this.#msPerMessage = 1000 / perSecond;
  }

  /** When a message may be sent: at once where that is not after now. */
  get readyAt(): Instant {
    return this.#emptyAt + this.#msPerMessage;
  }

  /** Takes one, if there is one. */
  take(now: Instant): boolean {
    const emptyAt = Math.max(this.#emptyAt, now - this.#most * this.#msPerMessage);
    if (emptyAt + this.#msPerMessage > now) return false;
    this.#emptyAt = emptyAt + this.#msPerMessage;
    return true;
  }
}
