import type { OutMessage } from './out-message.ts';
import type { OutStream } from './out-stream.ts';

/**
 * Decides whose message is next: weighted fair queueing over streams, a whole message at a time (RFC 8831 6.4, RFC 8260
 * 3.6). Without I-DATA the fragments of one message have consecutive TSNs, so a message once begun is finished first.
 */
export class Scheduler {
  readonly #ready: OutStream[] = [];
  #current: OutStream | undefined;
  #virtualTime = 0;

  /** Streams with something to send. */
  get readyCount(): number {
    return this.#ready.length;
  }

  add(message: OutMessage): void {
    const stream = message.stream;
    stream.push(message);
    if (stream.scheduled) return;
    stream.scheduled = true;
    // A stream that was idle does not save up for later.
    stream.virtualTime = Math.max(stream.virtualTime, this.#virtualTime);
    this.#ready.push(stream);
  }

  /** The message whose fragment is next. */
  peek(): OutMessage | undefined {
    if (this.#current === undefined) {
      let best: OutStream | undefined;
      for (const stream of this.#ready) {
        if (best === undefined || stream.virtualTime < best.virtualTime) best = stream;
      }
      this.#current = best;
      if (best !== undefined) this.#virtualTime = best.virtualTime;
    }
    return this.#current?.peek();
  }

  /** The message that `peek` showed is sent, or given up: the next stream's turn. */
  finish(): void {
    const stream = this.#current;
    if (stream === undefined) return;
    const message = stream.shift();
    this.#current = undefined;
    // Small messages are charged the packet they nearly cost.
    if (message !== undefined) stream.virtualTime += Math.max(message.taken, LEAST_CHARGE) / stream.priority;
    if (stream.isEmpty) this.#unschedule(stream);
  }

  /** Takes every message of `stream` that has not begun out of the queue, and the one that has: the stream is gone. */
  drop(stream: OutStream, dropped: (message: OutMessage) => void): void {
    if (this.#current === stream) this.#current = undefined;
    for (let message = stream.shift(); message !== undefined; message = stream.shift()) dropped(message);
    if (stream.scheduled) this.#unschedule(stream);
  }

  #unschedule(stream: OutStream): void {
    stream.scheduled = false;
    const at = this.#ready.indexOf(stream);
    const last = this.#ready.pop() as OutStream;
    if (at < this.#ready.length) this.#ready[at] = last;
  }
}

const LEAST_CHARGE = 64;
