import { StunError } from './errors.ts';
import { HEADER_BYTES, isStun } from './header.ts';

/** Most bytes of a STUN message: its header, and what a 16-bit length can say. */
export const LARGEST_MESSAGE_BYTES = HEADER_BYTES + 0xffff;

/**
 * Cuts a byte stream that carries STUN alone into messages (RFC 8489 6.2.2): the length in the header is all the framing
 * there is. Messages that lie whole in what was read are shown where they lie; only what is cut is copied, once.
 *
 * ```ts
 * stream.push(chunk, 0, chunk.length);
 * while (stream.next()) reader.parse(stream.bytes, stream.offset, stream.length);
 * if (stream.failed) socket.destroy();
 * ```
 *
 * A stream that carries something else besides needs the framing of its usage: RFC 4571 for ICE, RFC 8656 12.5 for TURN.
 */
export class StunStream {
  /** The memory that holds the message. Borrowed until the next `next` or `push`. */
  bytes: Uint8Array = EMPTY;
  offset = 0;
  length = 0;
  /** What came is not STUN, or longer than is taken: no more messages come, and the connection is of no use. */
  failed = false;

  readonly #limit: number;
  /** The beginning of a message whose end has not come. */
  #held: Uint8Array = EMPTY;
  #heldLength = 0;
  #input: Uint8Array = EMPTY;
  #at = 0;
  #end = 0;

  /** @param limitBytes longest message that is taken, 20 to 65 555; it bounds the memory of a connection */
  constructor(limitBytes = LARGEST_MESSAGE_BYTES) {
    if (!(limitBytes >= HEADER_BYTES && limitBytes <= LARGEST_MESSAGE_BYTES)) {
      throw new StunError('out-of-range', 'limitBytes is 20 to 65 555');
    }
    this.#limit = limitBytes;
  }

  /**
   * Gives the next bytes of the stream. Call `next` until it answers false before the next `push`, and before the bytes
   * change.
   */
  push(bytes: Uint8Array, offset: number, length: number): void {
    this.#input = bytes;
    this.#at = offset;
    this.#end = offset + length;
  }

  /** Moves to the next whole message; false when there is none. */
  next(): boolean {
    if (this.failed) return false;
    if (this.#heldLength > 0) return this.#nextHeld();
    const left = this.#end - this.#at;
    if (left < HEADER_BYTES) {
      this.#hold(left);
      return false;
    }
    const total = this.#total(this.#input, this.#at);
    if (total < 0) return false;
    if (left < total) {
      this.#reserve(total);
      this.#hold(left);
      return false;
    }
    return this.#show(this.#input, this.#at, total, this.#at + total);
  }

  /** Completes the message that was begun, as far as the input goes. */
  #nextHeld(): boolean {
    if (this.#heldLength < HEADER_BYTES) {
      this.#hold(Math.min(HEADER_BYTES - this.#heldLength, this.#end - this.#at));
      if (this.#heldLength < HEADER_BYTES) return false;
    }
    const total = this.#total(this.#held, 0);
    if (total < 0) return false;
    this.#reserve(total);
    this.#hold(Math.min(total - this.#heldLength, this.#end - this.#at));
    if (this.#heldLength < total) return false;
    this.#heldLength = 0;
    return this.#show(this.#held, 0, total, this.#at);
  }

  #show(bytes: Uint8Array, offset: number, length: number, next: number): boolean {
    this.bytes = bytes;
    this.offset = offset;
    this.length = length;
    this.#at = next;
    return true;
  }

  /** Bytes of the message whose header is at `at`; -1, and `failed`, when it is none or too long. */
  #total(bytes: Uint8Array, at: number): number {
    const total = HEADER_BYTES + ((bytes[at + 2] << 8) | bytes[at + 3]);
    if (isStun(bytes, at, HEADER_BYTES) && total <= this.#limit) return total;
    this.failed = true;
    this.#heldLength = 0;
    return -1;
  }

  #hold(count: number): void {
    if (count === 0) return;
    this.#reserve(HEADER_BYTES);
    this.#held.set(this.#input.subarray(this.#at, this.#at + count), this.#heldLength);
    this.#heldLength += count;
    this.#at += count;
  }

  #reserve(bytes: number): void {
    if (this.#held.length >= bytes) return;
    const larger = new Uint8Array(bytes);
    larger.set(this.#held.subarray(0, this.#heldLength));
    this.#held = larger;
  }
}

const EMPTY = new Uint8Array(0);
