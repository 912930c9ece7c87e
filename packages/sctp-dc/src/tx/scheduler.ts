import type { OutMessage } from './out-message.ts';
import type { OutStream } from './out-stream.ts';

/**
 * Whose turn it is (RFC 8260 3): `weighted` fair queueing by the channels' priorities (3.6, what WebRTC asks for), `priority`
 * strictly (3.4), `round-robin` (3.2), or `first-come` first served (3.1).
 */
export type SchedulerName = 'weighted' | 'priority' | 'round-robin' | 'first-come';

/**
 * Decides whose message is next. Without I-DATA the fragments of one message have consecutive TSNs, so a message once begun
 * is finished first; with it every fragment is a turn.
 */
export class Scheduler {
  /** Whether fragments of several messages may be sent by turns (RFC 8260 2). */
  interleaves = false;
  readonly #ready: OutStream[] = [];
  readonly #isBefore: (a: OutStream, b: OutStream) => boolean;
  #current: OutStream | undefined;
  /** The piece that left last, when its message has no end yet. */
  #unended: OutMessage | undefined;
  #virtualTime = 0;
  #arrivals = 0;
  #turns = 0;

  constructor(name: SchedulerName = 'weighted') {
    this.#isBefore = ORDERS[name];
  }

  /** Streams with something to send; none while the message that has begun must come first and waits for its next piece. */
  get readyCount(): number {
    return this.#current?.isEmpty ? 0 : this.#ready.length;
  }

  /** The message that must come first, when it waits for its next piece. */
  get awaited(): OutMessage | undefined {
    return this.#current?.isEmpty ? this.#unended?.head : undefined;
  }

  add(message: OutMessage): void {
    const stream = message.stream;
    message.arrival = this.#arrivals++;
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
      for (const stream of this.#ready) if (best === undefined || this.#isBefore(stream, best)) best = stream;
      this.#current = best;
      if (best !== undefined) this.#virtualTime = best.virtualTime;
    }
    return this.#current?.peek();
  }

  /** `bytes` of the message that `peek` showed have left. */
  charge(bytes: number): void {
    const stream = this.#current;
    if (stream === undefined) return;
    // Small messages are charged the packet they nearly cost.
    stream.virtualTime += Math.max(bytes, LEAST_CHARGE) / stream.priority;
    stream.lastTurn = ++this.#turns;
    if (this.interleaves) this.#current = undefined;
  }

  /** `message`, the first of its stream, is sent. */
  finish(message: OutMessage): void {
    const { stream } = message;
    if (stream.peek() !== message) return;
    stream.shift();
    if (this.#current === stream && message.ends) this.#current = undefined;
    this.#unended = message.ends ? undefined : message;
    if (stream.isEmpty) this.#unschedule(stream);
  }

  /** Takes what is left of a message, all its pieces, out of the queue: it is given up. */
  giveUp(head: OutMessage, dropped: (piece: OutMessage) => void): void {
    const { stream } = head;
    if (head.endLeft) return;
    const first = stream.peek();
    if (first !== undefined && first.head !== head) {
      // It waits behind others, and being without an end it is the last.
      for (let piece = stream.last(); piece?.head === head; piece = stream.last()) dropped(stream.pop() as OutMessage);
      return;
    }
    if (this.#current === stream) this.#current = undefined;
    for (let piece = stream.peek(); piece?.head === head; piece = stream.peek()) {
      stream.shift();
      dropped(piece);
    }
    if (stream.scheduled && stream.isEmpty) this.#unschedule(stream);
  }

  /** Takes every message of `stream` out of the queue, the one that has begun, too: the stream is gone. */
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

const ORDERS: Readonly<Record<SchedulerName, (a: OutStream, b: OutStream) => boolean>> = {
  weighted: (a, b) => a.virtualTime < b.virtualTime,
  priority: (a, b) => a.priority > b.priority || (a.priority === b.priority && a.lastTurn < b.lastTurn),
  'round-robin': (a, b) => a.lastTurn < b.lastTurn,
  'first-come': (a, b) => arrivalOf(a) < arrivalOf(b),
};

function arrivalOf(stream: OutStream): number {
  return stream.peek()?.arrival ?? Number.POSITIVE_INFINITY;
}
