import { distance16, distance32 } from '@hawser/wire';
import {
  type InMessage,
  type InMessageHead,
  MESSAGE_OVERHEAD_BYTES,
  type OpenParts,
  type PartSink,
} from './in-message.ts';

/**
 * No message comes so far before one that is missing: all that lie between have TSNs, and of those no more than 65 535 are
 * outstanding (RFC 9260 3.3.4).
 */
const MOST_AHEAD = 0x2_0000;

/** There may be 65 535 of them: what most never need is made when they do. */
interface InStream {
  nextSsn: number;
  held: Map<number, InMessage> | undefined;
  /** The message that is being delivered in parts: no other of the stream is delivered meanwhile. */
  parts: StreamParts | undefined;
  /** Unordered messages that wait for the end of it. */
  waiting: InMessage[] | undefined;
}

/**
 * Holds ordered messages of each stream until those before them are there (RFC 9260 6.6): by SSN, 16 bits, or by MID, 32 bits
 * (RFC 8260 2.1). While a message of a stream is delivered in parts all others of the stream wait.
 */
export class Ordering {
  /** Bytes held, overhead included. */
  heldBytes = 0;
  readonly #streams = new Map<number, InStream>();
  readonly #deliver: (message: InMessage) => void;
  readonly #openSink: OpenParts;
  /** Streams of which a message is being delivered in parts. */
  #inParts = 0;
  #distance: (a: number, b: number) => number = distance16;
  #mask = 0xffff;

  /** @param openSink takes the parts of a message that is delivered before it is whole; asked by `openParts` */
  constructor(deliver: (message: InMessage) => void, openSink: OpenParts = () => undefined) {
    this.#deliver = deliver;
    this.#openSink = openSink;
  }

  /** Begins anew; `interleaved`: messages are numbered with 32 bits. */
  restart(interleaved: boolean): void {
    this.clear();
    this.#distance = interleaved ? distance32 : distance16;
    this.#mask = interleaved ? 0xffff_ffff : 0xffff;
  }

  /** Takes a whole message. Unordered ones pass at once. */
  add(message: InMessage): void {
    if (!message.ordered) {
      if (this.#inParts === 0) this.#deliver(message);
      else this.#pass(this.#stream(message.streamId), message);
      return;
    }
    const stream = this.#stream(message.streamId);
    const ahead = this.#distance(message.ssn, stream.nextSsn);
    // A number of the past cannot come from an honest sender, whose TSN is new: it would never be delivered. So is a
    // second message with a number that is held already, or that is being delivered.
    if (ahead < 0 || ahead > MOST_AHEAD || stream.held?.has(message.ssn)) return;
    if (ahead === 0 && stream.parts?.ordered) return;
    if (ahead > 0 || stream.parts !== undefined) {
      stream.held ??= new Map();
      stream.held.set(message.ssn, message);
      this.heldBytes += cost(message);
      return;
    }
    stream.nextSsn = this.#next(stream.nextSsn);
    this.#deliver(message);
    this.#deliverHeld(stream);
  }

  /** Begins to deliver a message in parts; undefined while it is not its turn. */
  openParts(head: InMessageHead): PartSink | undefined {
    const stream = this.#stream(head.streamId);
    if (stream.parts !== undefined) return undefined;
    if (head.ordered && (head.ssn !== stream.nextSsn || stream.held?.has(head.ssn))) return undefined;
    const sink = this.#openSink(head);
    if (sink === undefined) return undefined;
    this.#inParts++;
    stream.parts = new StreamParts(sink, head.ordered, () => this.#endParts(stream));
    return stream.parts;
  }

  /** Messages of `streamId` up to `ssn` will not come any more (RFC 3758 3.6). */
  skip(streamId: number, ssn: number): void {
    const stream = this.#stream(streamId);
    const end = this.#next(ssn);
    if (this.#distance(end, stream.nextSsn) <= 0) return;
    if (stream.parts?.ordered) stream.parts.cut();
    const span = this.#distance(end, stream.nextSsn);
    if (span > 0) {
      this.#passUpTo(stream, end, span);
      stream.nextSsn = end;
    }
    this.#deliverHeld(stream);
  }

  /** The stream starts again at 0 (RFC 6525 5.2.2 E3). */
  reset(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    stream.parts?.cut();
    for (const message of stream.held?.values() ?? []) this.heldBytes -= cost(message);
    this.#streams.delete(streamId);
  }

  clear(): void {
    for (const stream of this.#streams.values()) stream.parts?.cut();
    this.#streams.clear();
    this.heldBytes = 0;
  }

  #next(number: number): number {
    return ((number + 1) & this.#mask) >>> 0;
  }

  #stream(id: number): InStream {
    let stream = this.#streams.get(id);
    if (stream === undefined) {
      stream = { nextSsn: 0, held: undefined, parts: undefined, waiting: undefined };
      this.#streams.set(id, stream);
    }
    return stream;
  }

  /**
   * Delivers what is held before `end`, `span` numbers on. The sender passes over as many numbers as it likes at no cost: it takes
   * never more steps than there are numbers, or messages held.
   */
  #passUpTo(stream: InStream, end: number, span: number): void {
    if (stream.held === undefined) return;
    if (span <= stream.held.size) {
      for (let held = stream.nextSsn; held !== end; held = this.#next(held)) this.#passHeld(stream, held);
      return;
    }
    const passed = [...stream.held.keys()].filter((held) => this.#distance(held, end) < 0);
    passed.sort((a, b) => this.#distance(a, b));
    for (const held of passed) this.#passHeld(stream, held);
  }

  #passHeld(stream: InStream, ssn: number): void {
    const message = this.#release(stream, ssn);
    if (message !== undefined) this.#pass(stream, message);
  }

  /** Delivers a message whose turn it is, unless another is being delivered in parts. */
  #pass(stream: InStream, message: InMessage): void {
    if (stream.parts === undefined) {
      this.#deliver(message);
      return;
    }
    stream.waiting ??= [];
    stream.waiting.push(message);
    this.heldBytes += cost(message);
  }

  #endParts(stream: InStream): void {
    const wasOrdered = stream.parts?.ordered === true;
    stream.parts = undefined;
    this.#inParts--;
    if (wasOrdered) stream.nextSsn = this.#next(stream.nextSsn);
    const waiting = stream.waiting ?? [];
    stream.waiting = undefined;
    for (const message of waiting) {
      this.heldBytes -= cost(message);
      this.#deliver(message);
    }
    this.#deliverHeld(stream);
  }

  #deliverHeld(stream: InStream): void {
    if (stream.held === undefined || stream.parts !== undefined) return;
    for (let m = this.#release(stream, stream.nextSsn); m !== undefined; m = this.#release(stream, stream.nextSsn)) {
      stream.nextSsn = this.#next(stream.nextSsn);
      this.#deliver(m);
    }
  }

  #release(stream: InStream, ssn: number): InMessage | undefined {
    const message = stream.held?.get(ssn);
    if (message === undefined) return undefined;
    stream.held?.delete(ssn);
    if (stream.held?.size === 0) stream.held = undefined;
    this.heldBytes -= cost(message);
    return message;
  }
}

/** A sink that lets the stream go on when its message is done. */
class StreamParts implements PartSink {
  readonly ordered: boolean;
  readonly #sink: PartSink;
  readonly #done: () => void;
  #isOver = false;

  constructor(sink: PartSink, ordered: boolean, done: () => void) {
    this.#sink = sink;
    this.ordered = ordered;
    this.#done = done;
  }

  append(bytes: Uint8Array, at: number, length: number): void {
    if (!this.#isOver) this.#sink.append(bytes, at, length);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.end();
    this.#done();
  }

  cut(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.cut();
    this.#done();
  }
}

function cost(message: InMessage): number {
  return message.bytes.length + MESSAGE_OVERHEAD_BYTES;
}
