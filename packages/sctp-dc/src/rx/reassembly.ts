import { DataFlag } from '../packet/chunk-types.ts';
import type { DataChunk } from '../packet/data.ts';
import {
  type InMessage,
  MESSAGE_OVERHEAD_BYTES,
  type OpenParts,
  PARTIAL_OVERHEAD_BYTES,
  type PartSink,
} from './in-message.ts';
import { firstRoom, MessageBuffer } from './message-buffer.ts';

/** What a fragment says of its message. */
interface Kind {
  readonly flags: number;
  readonly streamId: number;
  readonly ssn: number;
}

/** A fragment behind a missing one. */
interface Fragment extends Kind {
  readonly bytes: Uint8Array;
}

/** A message whose fragments are there from the first on. */
interface Beginning extends Kind {
  readonly ppid: number;
  readonly buffer: MessageBuffer;
  /** Bytes of it so far, those that were delivered included. */
  length: number;
  /** Where its bytes go once they are delivered in parts, instead of into the buffer. */
  parts: PartSink | undefined;
}

/** What {@link Reassembly.add} found wrong. */
export type ReassemblyFault = 'message-too-long' | 'fragments-disagree';

/**
 * Puts fragments together (RFC 9260 6.9). Fragments of a message have consecutive TSNs. Those from the first on are moved
 * into the message's own buffer; those behind a missing one wait. A message is whole when its beginning meets an E, whether
 * or not the Cumulative TSN Ack has come that far.
 */
export class Reassembly {
  /** Bytes held, overhead included. */
  heldBytes = 0;
  /** By the number of the fragment that is wanted next. */
  readonly #beginnings = new Map<number, Beginning>();
  /** The one that grew last, and what it wants: not in the map, which would be written to for every fragment. */
  #latest: Beginning | undefined;
  #latestWants = -1;
  readonly #held = new Map<number, Fragment>();
  #lastBytes = 0;
  readonly #maxMessageBytes: number;
  readonly #bufferBytes: number;
  readonly #openParts: OpenParts;

  /**
   * @param bufferBytes what is gathered of a message before it is delivered in parts
   * @param openParts asked then; by default messages are always gathered whole
   */
  constructor(maxMessageBytes: number, bufferBytes = maxMessageBytes, openParts: OpenParts = () => undefined) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#bufferBytes = bufferBytes;
    this.#openParts = openParts;
  }

  /** Takes a fragment that is new; answers the message it completes, undefined when none, or what is wrong with it. */
  add(number: number, chunk: DataChunk): InMessage | ReassemblyFault | undefined {
    const { bytes, flags, payloadAt, payloadLength } = chunk;
    if (payloadLength > this.#maxMessageBytes) return 'message-too-long';
    const begins = (flags & DataFlag.begin) !== 0;
    const beginning = this.#wanting(number);
    if (beginning !== undefined ? begins || !belong(beginning, chunk) : this.#clashes(number, chunk)) {
      return 'fragments-disagree';
    }
    if (begins && (flags & DataFlag.end) !== 0) {
      return messageOf(chunk, chunk.ppid, bytes.slice(payloadAt, payloadAt + payloadLength));
    }
    if (begins) return this.#begin(number, chunk);
    if (beginning !== undefined) return this.#extend(number, beginning, chunk, payloadAt, payloadLength);
    const { streamId, ssn } = chunk;
    this.#held.set(number, { flags, streamId, ssn, bytes: bytes.slice(payloadAt, payloadAt + payloadLength) });
    this.heldBytes += payloadLength + MESSAGE_OVERHEAD_BYTES;
    return undefined;
  }

  /**
   * Forgets the fragments from `first` to `last`: their message was given up by the sender (RFC 3758 3.6). What was
   * received of it before `first` goes, too: it is the beginning that wants one of them.
   */
  forget(first: number, last: number): void {
    if (this.#latest === undefined && this.#beginnings.size === 0 && this.#held.size === 0) return;
    // The sender names as many numbers as it likes at no cost: never more steps than there are numbers, or things held.
    if (last - first <= this.#beginnings.size + this.#held.size) {
      for (let number = first; number <= last; number++) this.#forgetAt(number);
      return;
    }
    const isNamed = (number: number) => number >= first && number <= last;
    if (isNamed(this.#latestWants)) this.#forgetAt(this.#latestWants);
    for (const number of this.#beginnings.keys()) if (isNamed(number)) this.#forgetAt(number);
    for (const number of this.#held.keys()) if (isNamed(number)) this.#take(number);
  }

  #forgetAt(number: number): void {
    const beginning = this.#wanting(number);
    if (beginning !== undefined) {
      this.#forgetBeginning(number);
      this.heldBytes -= beginning.buffer.length + PARTIAL_OVERHEAD_BYTES;
      beginning.parts?.cut();
    }
    this.#take(number);
  }

  /** Messages under way. */
  get partials(): number {
    return this.#beginnings.size + (this.#latest === undefined ? 0 : 1);
  }

  /** Delivers what there is of the longest message whose turn it is; false when there is none. Makes room. */
  deliverLongest(): boolean {
    const waiting = [...this.#beginnings.values()];
    if (this.#latest !== undefined) waiting.push(this.#latest);
    waiting.sort((a, b) => b.buffer.length - a.buffer.length);
    return waiting.some((beginning) => beginning.parts === undefined && this.#deliver(beginning));
  }

  clear(): void {
    for (const { parts } of this.#beginnings.values()) parts?.cut();
    this.#latest?.parts?.cut();
    this.#beginnings.clear();
    this.#latest = undefined;
    this.#latestWants = -1;
    this.#held.clear();
    this.heldBytes = 0;
  }

  /** Whether a held neighbour says that there can be no such fragment here. */
  #clashes(number: number, chunk: DataChunk): boolean {
    if (this.#held.size === 0) return false;
    const before = this.#held.get(number - 1);
    if (before !== undefined && (before.flags & DataFlag.end) === 0) {
      if ((chunk.flags & DataFlag.begin) !== 0 || !belong(before, chunk)) return true;
    }
    // What is held never is a first fragment.
    const after = this.#held.get(number + 1);
    return after !== undefined && ((chunk.flags & DataFlag.end) !== 0 || !belong(after, chunk));
  }

  #begin(number: number, chunk: DataChunk): InMessage | ReassemblyFault | undefined {
    const { flags, streamId, ssn, ppid } = chunk;
    this.heldBytes += PARTIAL_OVERHEAD_BYTES;
    const buffer = new MessageBuffer(this.#bufferBytes, firstRoom(this.partials, this.#lastBytes));
    const beginning: Beginning = { flags, streamId, ssn, ppid, buffer, length: 0, parts: undefined };
    return this.#extend(number, beginning, chunk, chunk.payloadAt, chunk.payloadLength);
  }

  /** Adds the fragment `number` to its beginning, and those that waited for it. */
  #extend(
    number: number,
    beginning: Beginning,
    part: { readonly flags: number; readonly bytes: Uint8Array },
    at: number,
    length: number,
  ): InMessage | ReassemblyFault | undefined {
    const { buffer } = beginning;
    this.#forgetBeginning(number);
    let ends = (part.flags & DataFlag.end) !== 0;
    let fault = this.#append(beginning, part.bytes, at, length);
    let next = number + 1;
    for (; fault === undefined && !ends; next++) {
      const waiting = this.#take(next);
      if (waiting === undefined) break;
      ends = (waiting.flags & DataFlag.end) !== 0;
      fault = belong(beginning, waiting)
        ? this.#append(beginning, waiting.bytes, 0, waiting.bytes.length)
        : 'fragments-disagree';
    }
    if (fault !== undefined || ends) {
      this.heldBytes -= buffer.length + PARTIAL_OVERHEAD_BYTES;
      if (fault !== undefined) return fault;
      if (beginning.parts === undefined) {
        this.#lastBytes = beginning.length;
        return messageOf(beginning, beginning.ppid, buffer.whole());
      }
      beginning.parts.end();
      return undefined;
    }
    if (buffer.length > this.#bufferBytes) this.#deliver(beginning);
    if (this.#latest !== undefined) this.#beginnings.set(this.#latestWants, this.#latest);
    this.#latest = beginning;
    this.#latestWants = next;
    return undefined;
  }

  #wanting(number: number): Beginning | undefined {
    return number === this.#latestWants ? this.#latest : this.#beginnings.get(number);
  }

  #forgetBeginning(number: number): void {
    if (number === this.#latestWants) {
      this.#latest = undefined;
      this.#latestWants = -1;
    } else this.#beginnings.delete(number);
  }

  #append(beginning: Beginning, bytes: Uint8Array, at: number, length: number): ReassemblyFault | undefined {
    const { buffer, parts } = beginning;
    if (beginning.length + length > this.#maxMessageBytes) return 'message-too-long';
    beginning.length += length;
    if (parts !== undefined) parts.append(bytes, at, length);
    else {
      buffer.append(bytes, at, length);
      this.heldBytes += length;
    }
    return undefined;
  }

  /** Begins to deliver a message in parts, if it is its turn. */
  #deliver(beginning: Beginning): boolean {
    const { buffer, flags, ppid, ssn, streamId } = beginning;
    const parts = this.#openParts({ streamId, ppid, ordered: (flags & DataFlag.unordered) === 0, ssn });
    if (parts === undefined) return false;
    beginning.parts = parts;
    parts.append(buffer.whole(), 0, buffer.length);
    this.heldBytes -= buffer.length;
    buffer.clear();
    return true;
  }

  #take(number: number): Fragment | undefined {
    const fragment = this.#held.get(number);
    if (fragment === undefined) return undefined;
    this.#held.delete(number);
    this.heldBytes -= fragment.bytes.length + MESSAGE_OVERHEAD_BYTES;
    return fragment;
  }
}

function belong(a: Kind, b: Kind): boolean {
  if (a.streamId !== b.streamId || ((a.flags ^ b.flags) & DataFlag.unordered) !== 0) return false;
  return (a.flags & DataFlag.unordered) !== 0 || a.ssn === b.ssn;
}

function messageOf(from: Kind, ppid: number, bytes: Uint8Array): InMessage {
  return { streamId: from.streamId, ppid, ordered: (from.flags & DataFlag.unordered) === 0, ssn: from.ssn, bytes };
}
