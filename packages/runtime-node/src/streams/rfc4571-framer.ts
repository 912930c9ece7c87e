import type { Framer, MessageSink } from './stream-connection.ts';

/** Longest packet that is taken: a DTLS record of the largest size (RFC 6347 4.1: 13 + 2^14 + 2048 bytes). */
export const LARGEST_PACKET_BYTES = 13 + 0x4000 + 2_048;

const LENGTH_BYTES = 2;

/**
 * Packets on a stream, each behind its length (RFC 4571 2), as ICE-TCP wants them (RFC 6544 7.1):
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-------------------------------+-------------------------------+
 * |             LENGTH            |  STUN, DTLS, SRTP packet ...  |
 * +-------------------------------+-------------------------------+
 * ```
 *
 * Null packets are passed over, and so are longer ones than are taken: the next begins where their length says. No input
 * breaks the stream, and what is held is one packet, grown as it comes.
 */
export class Rfc4571Framer implements Framer {
  /** Packets that were passed over: too long, or empty. */
  skipped = 0;
  readonly #largestBytes: number;
  /** The beginning of a packet, with its length. */
  #held = new Uint8Array(0);
  #heldLength = 0;
  /** Bytes of a packet that is passed over. */
  #skip = 0;

  /** @param largestBytes 1 to 65 535 */
  constructor(largestBytes = LARGEST_PACKET_BYTES) {
    this.#largestBytes = largestBytes;
  }

  /** Memory taken by a packet that is not complete. */
  get heldBytes(): number {
    return this.#held.length;
  }

  push(bytes: Uint8Array, offset: number, length: number, sink: MessageSink): boolean {
    const end = offset + length;
    let at = offset;
    while (at < end) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, end - at);
        this.#skip -= skipped;
        at += skipped;
      } else if (this.#heldLength > 0) at = this.#complete(bytes, at, end, sink);
      else if (end - at < LENGTH_BYTES) at = this.#hold(bytes, at, end);
      else {
        const size = (bytes[at] << 8) | bytes[at + 1];
        if (this.#passesOver(size)) at += LENGTH_BYTES;
        else if (end - at < LENGTH_BYTES + size) at = this.#hold(bytes, at, end);
        else {
          sink(bytes, at + LENGTH_BYTES, size);
          at += LENGTH_BYTES + size;
        }
      }
    }
    return true;
  }

  frame(bytes: Uint8Array, offset: number, length: number): Uint8Array {
    const framed = Buffer.allocUnsafe(LENGTH_BYTES + length);
    framed[0] = length >>> 8;
    framed[1] = length;
    framed.set(bytes.subarray(offset, offset + length), LENGTH_BYTES);
    return framed;
  }

  /** Adds to the packet that was begun, as far as it goes; returns where the input is then. */
  #complete(bytes: Uint8Array, at: number, end: number, sink: MessageSink): number {
    if (this.#heldLength < LENGTH_BYTES) at = this.#hold(bytes, at, at + 1);
    const size = (this.#held[0] << 8) | this.#held[1];
    if (this.#heldLength === LENGTH_BYTES && this.#passesOver(size)) {
      this.#heldLength = 0;
      return at;
    }
    at = this.#hold(bytes, at, Math.min(end, at + LENGTH_BYTES + size - this.#heldLength));
    if (this.#heldLength === LENGTH_BYTES + size) {
      this.#heldLength = 0;
      sink(this.#held, LENGTH_BYTES, size);
    }
    return at;
  }

  #passesOver(size: number): boolean {
    if (size > 0 && size <= this.#largestBytes) return false;
    this.#skip = size;
    this.skipped++;
    return true;
  }

  #hold(bytes: Uint8Array, at: number, end: number): number {
    const wanted = this.#heldLength + end - at;
    if (this.#held.length < wanted) {
      // By what came, not by what the length promises: a promise costs the sender nothing.
      const larger = new Uint8Array(
        Math.min(LENGTH_BYTES + this.#largestBytes, Math.max(wanted, 2 * this.#held.length)),
      );
      larger.set(this.#held.subarray(0, this.#heldLength));
      this.#held = larger;
    }
    this.#held.set(bytes.subarray(at, end), this.#heldLength);
    this.#heldLength = wanted;
    return end;
  }
}
