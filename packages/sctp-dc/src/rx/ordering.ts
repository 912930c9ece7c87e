import { distance16, distance32 } from '@hawser/wire';
import { type InMessage, MESSAGE_OVERHEAD_BYTES } from './in-message.ts';

interface InStream {
  nextSsn: number;
  readonly held: Map<number, InMessage>;
}

/**
 * Holds ordered messages of each stream until those before them are there (RFC 9260 6.6): by SSN, 16 bits, or by MID, 32 bits
 * (RFC 8260 2.1).
 */
export class Ordering {
  /** Bytes held, overhead included. */
  heldBytes = 0;
  readonly #streams = new Map<number, InStream>();
  readonly #deliver: (message: InMessage) => void;
  #distance: (a: number, b: number) => number = distance16;
  #mask = 0xffff;

  constructor(deliver: (message: InMessage) => void) {
    this.#deliver = deliver;
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
      this.#deliver(message);
      return;
    }
    const stream = this.#stream(message.streamId);
    const ahead = this.#distance(message.ssn, stream.nextSsn);
    // A number of the past cannot come from an honest sender, whose TSN is new: it would never be delivered. So is a
    // second message with a number that is held already.
    if (ahead < 0 || stream.held.has(message.ssn)) return;
    if (ahead > 0) {
      stream.held.set(message.ssn, message);
      this.heldBytes += cost(message);
      return;
    }
    stream.nextSsn = this.#next(stream.nextSsn);
    this.#deliver(message);
    this.#deliverHeld(stream);
  }

  /** Messages of `streamId` up to `ssn` will not come any more (RFC 3758 3.6). */
  skip(streamId: number, ssn: number): void {
    const stream = this.#stream(streamId);
    const end = this.#next(ssn);
    if (this.#distance(end, stream.nextSsn) <= 0) return;
    if (stream.held.size > 0) {
      const passed = [...stream.held.keys()].filter((held) => this.#distance(held, end) < 0);
      passed.sort((a, b) => this.#distance(a, b));
      for (const held of passed) this.#deliver(this.#release(stream, held) as InMessage);
    }
    stream.nextSsn = end;
    this.#deliverHeld(stream);
  }

  /** The stream starts again at 0 (RFC 6525 5.2.2 E3). */
  reset(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    for (const message of stream.held.values()) this.heldBytes -= cost(message);
    this.#streams.delete(streamId);
  }

  clear(): void {
    this.#streams.clear();
    this.heldBytes = 0;
  }

  #next(number: number): number {
    return ((number + 1) & this.#mask) >>> 0;
  }

  #stream(id: number): InStream {
    let stream = this.#streams.get(id);
    if (stream === undefined) {
      stream = { nextSsn: 0, held: new Map() };
      this.#streams.set(id, stream);
    }
    return stream;
  }

  #deliverHeld(stream: InStream): void {
    if (stream.held.size === 0) return;
    for (let m = this.#release(stream, stream.nextSsn); m !== undefined; m = this.#release(stream, stream.nextSsn)) {
      stream.nextSsn = this.#next(stream.nextSsn);
      this.#deliver(m);
    }
  }

  #release(stream: InStream, ssn: number): InMessage | undefined {
    const message = stream.held.get(ssn);
    if (message === undefined) return undefined;
    stream.held.delete(ssn);
    this.heldBytes -= cost(message);
    return message;
  }
}

function cost(message: InMessage): number {
  return message.bytes.length + MESSAGE_OVERHEAD_BYTES;
}
