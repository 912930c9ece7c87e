import { distance32 } from '@hawser/wire';
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
import type { ReassemblyFault } from './reassembly.ts';

/** A message of which fragments are there. */
interface PartialMessage {
  ppid: number;
  /** What is there from the start on, in one piece. */
  readonly buffer: MessageBuffer;
  /** Bytes from the start on, those that were delivered included. */
  length: number;
  /** Where its bytes go once they are delivered in parts, instead of into the buffer. */
  parts: PartSink | undefined;
  /** The fragment that is wanted next. */
  nextFsn: number;
  /** FSN of the fragment with E; -1 while unknown. */
  lastFsn: number;
  /** Fragments behind a missing one. */
  held: Map<number, Uint8Array>;
  heldBytes: number;
}

/**
 * Puts fragments of I-DATA chunks together (RFC 8260 2.2.3): by stream, U bit, MID and FSN, whatever TSNs they came with. The
 * fragments from the first on are moved into the message's own buffer, so that a long message costs its bytes and no more.
 */
export class InterleavedReassembly {
  /** Bytes held, overhead included. */
  heldBytes = 0;
  /** By 2 · stream + U, then by MID. */
  readonly #streams = new Map<number, Partials>();
  /**
   * Highest MID given up, by 2 · stream + U. What still comes of such messages is dropped: the sender has forgotten them, and no
   * I-FORWARD-TSN would ever clear them away.
   */
  readonly #skipped = new Map<number, number>();
  /** The message that grew last, by its key and MID; in the maps only once another has grown, too. */
  #latest: PartialMessage | undefined;
  #latestKey = -1;
  #latestMid = -1;
  #isLatestParked = false;
  #partials = 0;
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
  add(chunk: DataChunk): InMessage | ReassemblyFault | undefined {
    const { flags, payloadAt, payloadLength, fsn } = chunk;
    if (payloadLength > this.#maxMessageBytes) return 'message-too-long';
    const whole = DataFlag.begin | DataFlag.end;
    if ((flags & whole) === whole) {
      return messageOf(chunk, chunk.ppid, chunk.bytes.slice(payloadAt, payloadAt + payloadLength));
    }
    const skipped = this.#skipped.get(keyOf(chunk.streamId, (flags & DataFlag.unordered) !== 0));
    if (skipped !== undefined && distance32(chunk.ssn, skipped) <= 0) return undefined;
    const partial = this.#partial(chunk);
    const before = cost(partial);
    const fault = this.#insert(partial, chunk, fsn);
    this.heldBytes += cost(partial) - before;
    if (fault !== undefined) return fault;
    if (partial.lastFsn < 0 || partial.nextFsn <= partial.lastFsn) {
      if (partial.buffer.length > this.#bufferBytes) this.#deliver(chunk.streamId, flags, chunk.ssn, partial);
      return undefined;
    }
    this.#remove(keyOf(chunk.streamId, (flags & DataFlag.unordered) !== 0), chunk.ssn, partial);
    if (partial.parts === undefined) {
      this.#lastBytes = partial.length;
      return messageOf(chunk, partial.ppid, partial.buffer.whole());
    }
    partial.parts.end();
    return undefined;
  }

  /** Delivers what there is of the longest message whose turn it is; false when there is none. Makes room. */
  deliverLongest(): boolean {
    this.#park();
    const waiting: { key: number; mid: number; partial: PartialMessage }[] = [];
    for (const [key, stream] of this.#streams) {
      for (const [mid, partial] of stream) {
        if (partial.parts === undefined && partial.buffer.length > 0) waiting.push({ key, mid, partial });
      }
    }
    waiting.sort((a, b) => b.partial.buffer.length - a.partial.buffer.length);
    return waiting.some(({ key, mid, partial }) => {
      return this.#deliver(key >>> 1, (key & 1) !== 0 ? DataFlag.unordered : 0, mid, partial);
    });
  }

  /** Messages of the stream up to `mid` were given up by the sender: what was received of them goes. */
  skip(streamId: number, unordered: boolean, mid: number): void {
    const key = keyOf(streamId, unordered);
    const before = this.#skipped.get(key);
    if (before !== undefined && distance32(mid, before) <= 0) return;
    this.#skipped.set(key, mid);
    this.#park();
    for (const [held, partial] of this.#streams.get(key)?.upTo(mid) ?? []) {
      this.#remove(key, held, partial);
      partial.parts?.cut();
    }
  }

  /** Messages under way. */
  get partials(): number {
    return this.#partials;
  }

  /** The stream starts again at 0 (RFC 8260 2.3.2). */
  reset(streamId: number): void {
    this.#park();
    for (const key of [keyOf(streamId, false), keyOf(streamId, true)]) {
      this.#skipped.delete(key);
      for (const [mid, partial] of this.#streams.get(key) ?? []) {
        this.#remove(key, mid, partial);
        partial.parts?.cut();
      }
    }
  }

  clear(): void {
    this.#park();
    for (const stream of this.#streams.values()) for (const { parts } of stream.values()) parts?.cut();
    this.#streams.clear();
    this.#latest = undefined;
    this.#latestKey = -1;
    this.#partials = 0;
    this.#skipped.clear();
    this.heldBytes = 0;
  }

  #partial(chunk: DataChunk): PartialMessage {
    const key = keyOf(chunk.streamId, (chunk.flags & DataFlag.unordered) !== 0);
    const mid = chunk.ssn;
    if (this.#latest !== undefined && key === this.#latestKey && mid === this.#latestMid) return this.#latest;
    this.#park();
    let partial = this.#streams.get(key)?.get(mid);
    this.#isLatestParked = partial !== undefined;
    if (partial === undefined) {
      const buffer = new MessageBuffer(this.#bufferBytes, firstRoom(this.#partials++, this.#lastBytes));
      partial = { ppid: 0, buffer, length: 0, parts: undefined, nextFsn: 0, lastFsn: -1, held: NONE, heldBytes: 0 };
      this.heldBytes += PARTIAL_OVERHEAD_BYTES;
    }
    this.#latest = partial;
    this.#latestKey = key;
    this.#latestMid = mid;
    return partial;
  }

  /** Puts the message that grew last where the others are. */
  #park(): void {
    if (this.#latest === undefined || this.#isLatestParked) return;
    this.#isLatestParked = true;
    let stream = this.#streams.get(this.#latestKey);
    if (stream === undefined) {
      stream = new Partials();
      this.#streams.set(this.#latestKey, stream);
    }
    stream.set(this.#latestMid, this.#latest);
    stream.note(this.#latestMid);
  }

  #insert(partial: PartialMessage, chunk: DataChunk, fsn: number): ReassemblyFault | undefined {
    const { bytes, flags, payloadAt, payloadLength } = chunk;
    // No fragment is empty, so a message never has more of them than bytes.
    if (fsn >= this.#maxMessageBytes) return 'message-too-long';
    if (partial.length + partial.heldBytes + payloadLength > this.#maxMessageBytes) return 'message-too-long';
    if (fsn < partial.nextFsn || partial.held.has(fsn)) return 'fragments-disagree';
    if (partial.lastFsn >= 0 && fsn > partial.lastFsn) return 'fragments-disagree';
    if ((flags & DataFlag.end) !== 0) {
      if (partial.lastFsn >= 0) return 'fragments-disagree';
      for (const held of partial.held.keys()) if (held > fsn) return 'fragments-disagree';
      partial.lastFsn = fsn;
    }
    if ((flags & DataFlag.begin) !== 0) partial.ppid = chunk.ppid;
    if (fsn !== partial.nextFsn) {
      if (partial.held === NONE) partial.held = new Map();
      partial.held.set(fsn, bytes.slice(payloadAt, payloadAt + payloadLength));
      partial.heldBytes += payloadLength;
      return undefined;
    }
    append(partial, bytes, payloadAt, payloadLength);
    for (let next = partial.held.get(partial.nextFsn); next !== undefined; next = partial.held.get(partial.nextFsn)) {
      partial.held.delete(partial.nextFsn);
      partial.heldBytes -= next.length;
      append(partial, next, 0, next.length);
    }
    return undefined;
  }

  /** Begins to deliver a message in parts, if it is its turn. */
  #deliver(streamId: number, flags: number, mid: number, partial: PartialMessage): boolean {
    const { buffer, ppid } = partial;
    const parts = this.#openParts({ streamId, ppid, ordered: (flags & DataFlag.unordered) === 0, ssn: mid });
    if (parts === undefined) return false;
    partial.parts = parts;
    parts.append(buffer.whole(), 0, buffer.length);
    this.heldBytes -= buffer.length;
    buffer.clear();
    return true;
  }

  #remove(key: number, mid: number, partial: PartialMessage): void {
    const isLatest = partial === this.#latest;
    if (isLatest) this.#latest = undefined;
    if (!isLatest || this.#isLatestParked) {
      const stream = this.#streams.get(key);
      stream?.delete(mid);
      if (stream?.size === 0) this.#streams.delete(key);
    }
    this.#partials--;
    this.heldBytes -= cost(partial) + PARTIAL_OVERHEAD_BYTES;
  }
}

/** The messages of a stream that are under way, by MID. */
class Partials extends Map<number, PartialMessage> {
  /** No MID is before this one. */
  least = 0;

  /** `mid` was added. */
  note(mid: number): void {
    if (this.size === 1 || distance32(mid, this.least) < 0) this.least = mid;
  }

  /** Those up to `mid`. They are to be removed; it is looked for them only where there can be some. */
  upTo(mid: number): [number, PartialMessage][] {
    if (distance32(mid, this.least) < 0) return [];
    const found: [number, PartialMessage][] = [];
    let isFirst = true;
    for (const [held, partial] of this) {
      if (distance32(held, mid) <= 0) found.push([held, partial]);
      else if (isFirst || distance32(held, this.least) < 0) {
        this.least = held;
        isFirst = false;
      }
    }
    return found;
  }
}

/** The fragment that is wanted next is here. */
function append(partial: PartialMessage, bytes: Uint8Array, at: number, length: number): void {
  partial.nextFsn++;
  partial.length += length;
  (partial.parts ?? partial.buffer).append(bytes, at, length);
}

function keyOf(streamId: number, unordered: boolean): number {
  return 2 * streamId + (unordered ? 1 : 0);
}

function cost(partial: PartialMessage): number {
  return partial.buffer.length + partial.heldBytes + MESSAGE_OVERHEAD_BYTES * partial.held.size;
}

function messageOf(chunk: DataChunk, ppid: number, bytes: Uint8Array): InMessage {
  const ordered = (chunk.flags & DataFlag.unordered) === 0;
  return { streamId: chunk.streamId, ppid, ordered, ssn: chunk.ssn, bytes };
}

/** Nothing is held: most messages come in order, and need no map of their own. Never written to. */
const NONE: Map<number, Uint8Array> = new Map();
