import { RingBufferError } from './errors.ts';
import { CORRELATION_AT, HEAD_AT, HEARTBEAT_AT, maxMessageBytes, POSITION, TAIL_AT } from './layout.ts';
import type { Region } from './region.ts';

/** What both halves of every ring have. */
export abstract class Ring {
  /** Bytes for records. */
  readonly capacity: number;
  /** The longest message, in bytes: an eighth of the capacity. */
  readonly maxMessageBytes: number;
  /** The records' memory, for writing into a claim: only what was claimed may be written, and only until it is committed. */
  readonly bytes: Uint8Array;
  /** The same, for numbers. */
  readonly view: DataView;
  /** The views on the region. */
  protected readonly region: Region;

  protected constructor(region: Region) {
    this.region = region;
    this.capacity = region.capacity;
    this.maxMessageBytes = maxMessageBytes(region.capacity);
    this.bytes = region.bytes;
    this.view = new DataView(region.bytes.buffer, region.bytes.byteOffset, region.bytes.byteLength);
  }

  /** The next of a series that is one for all users of the ring, from 0. Up to 2^53 exact. */
  nextCorrelationId(): number {
    return Number(Atomics.add(this.region.longs, (this.capacity + CORRELATION_AT) >> 3, 1n));
  }
}

/** What both halves have of a ring whose consumer gives space back. */
export abstract class BoundedRing extends Ring {
  /**
   * When the consumer was last seen, as it told by `heartbeat`: ms on the clock that both sides agreed on; 0 before.
   */
  heartbeatMs(): number {
    return Number(Atomics.load(this.region.longs, (this.capacity + HEARTBEAT_AT) >> 3));
  }

  /** Bytes between head and tail now, headers and padding counted: 0 to `capacity`. Others may move both meanwhile. */
  sizeBytes(): number {
    const { words } = this.region;
    const headWord = trailerWord(this.region, HEAD_AT);
    const tailWord = trailerWord(this.region, TAIL_AT);
    // The tail is read between two equal readings of the head: else a difference of two moments could be negative. A
    // head that will not stand still is not waited for.
    let size = 0;
    for (let attempts = 0; attempts < 8; attempts++) {
      const head = Atomics.load(words, headWord) & POSITION;
      size = ((Atomics.load(words, tailWord) & POSITION) - head) | 0;
      if ((Atomics.load(words, headWord) & POSITION) === head) break;
    }
    return Math.min(Math.max(size, 0), this.capacity);
  }
}

/** The index in `words` of a field of the trailer. */
export function trailerWord(region: Region, at: number): number {
  return (region.capacity + at) >> 2;
}

/**
 * Whether a message may be written. What is thrown is built elsewhere: these checks stand in the hot path, and are small
 * so that they are inlined there.
 *
 * @throws RingBufferError `out-of-range`, `message-too-long`
 */
export function checkMessage(type: number, length: number, most: number): void {
  if ((type | 0) !== type || type <= 0 || (length | 0) !== length || length < 0 || length > most) {
    throw messageError(type, length, most);
  }
}

/** @throws RingBufferError `out-of-range` */
export function checkRange(array: Uint8Array, offset: number, length: number): void {
  if (
    (offset | 0) !== offset ||
    offset < 0 ||
    (length | 0) !== length ||
    length < 0 ||
    offset > array.length - length
  ) {
    throw rangeError(array, offset, length);
  }
}

function messageError(type: number, length: number, most: number): RingBufferError {
  if ((type | 0) !== type || type <= 0) return new RingBufferError('out-of-range', `a type is 1 to 2^31 - 1: ${type}`);
  if (length > most) return new RingBufferError('message-too-long', `${length} bytes where ${most} are the most`);
  return new RingBufferError('out-of-range', `a message of ${length} bytes`);
}

function rangeError(array: Uint8Array, offset: number, length: number): RingBufferError {
  return new RingBufferError('out-of-range', `${length} bytes at ${offset} of ${array.length}`);
}
