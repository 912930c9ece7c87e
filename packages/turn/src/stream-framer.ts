import { HEADER_BYTES, MAGIC_COOKIE } from '@hawser/stun';
import { CHANNEL_DATA_HEADER_BYTES, channelDataLength, startsChannelData } from './channel-data.ts';

/** Receives one message of a stream: `length` bytes at `offset`, borrowed for the call. */
export type MessageSink = (bytes: Uint8Array, offset: number, length: number) => void;

/**
 * Cuts a TCP or TLS stream into messages: STUN messages by their length field (RFC 8489 6.2.2), ChannelData by theirs,
 * padded to four (RFC 8656 12.5). A machine then sees whole datagrams. One framer for each direction of each connection.
 *
 * What is neither, or longer than `maxMessageBytes`, breaks the stream: there is no way to find the next message, and the
 * connection has to be closed. Memory is bounded by one message.
 */
export class StreamFramer {
  /** Whether the stream was broken. Nothing is taken any more. */
  broken = false;
  readonly #maxMessageBytes: number;
  #held: Uint8Array;
  #heldLength = 0;

  /** @param maxMessageBytes 20 to 65 555 (a STUN message of 65 535 bytes of attributes); default 65 555 */
  constructor(maxMessageBytes = HEADER_BYTES + 0xffff) {
    this.#maxMessageBytes = Math.max(HEADER_BYTES, Math.min(maxMessageBytes, HEADER_BYTES + 0xffff));
    this.#held = new Uint8Array(2048);
  }

  /** Bytes of an incomplete message that are kept. */
  get heldBytes(): number {
    return this.#heldLength;
  }

  /**
   * Takes the next bytes of the stream and gives every message that they complete to `sink`.
   *
   * @returns false when the stream is broken
   */
  push(bytes: Uint8Array, offset: number, length: number, sink: MessageSink): boolean {
    let at = offset;
    const end = offset + length;
    while (at < end && !this.broken) {
      if (this.#heldLength > 0) {
        // A message that began earlier: first its length, then the rest of it.
        const known = this.#messageBytes(this.#held, 0, this.#heldLength);
        const wanted = known === 0 ? CHANNEL_DATA_HEADER_BYTES : known;
        const taken = Math.min(wanted - this.#heldLength, end - at);
        this.#hold(bytes, at, taken);
        at += taken;
        if (!this.#check(this.#held, 0, this.#heldLength)) break;
        if (this.#messageBytes(this.#held, 0, this.#heldLength) !== this.#heldLength) continue;
        const total = this.#heldLength;
        this.#heldLength = 0;
        sink(this.#held, 0, total);
        continue;
      }
      if (!this.#check(bytes, at, end - at)) break;
      const total = this.#messageBytes(bytes, at, end - at);
      if (total === 0 || at + total > end) {
        this.#hold(bytes, at, end - at);
        break;
      }
      sink(bytes, at, total);
      at += total;
    }
    return !this.broken;
  }

  /** Bytes of the message that starts here, its padding included; 0 while its header is not there. */
  #messageBytes(bytes: Uint8Array, offset: number, length: number): number {
    if (length < CHANNEL_DATA_HEADER_BYTES) return 0;
    const data = channelDataLength(bytes, offset);
    if (startsChannelData(bytes, offset, length)) return CHANNEL_DATA_HEADER_BYTES + ((data + 3) & ~3);
    return HEADER_BYTES + data;
  }

  /** Whether what is there may be the start of a message; breaks the stream when not. */
  #check(bytes: Uint8Array, offset: number, length: number): boolean {
    const fits =
      this.#messageBytes(bytes, offset, length) <= this.#maxMessageBytes &&
      ((bytes[offset] & 0xf0) === 0x40 || startsLikeStun(bytes, offset, length));
    if (!fits) {
      this.broken = true;
      this.#heldLength = 0;
    }
    return fits;
  }

  #hold(bytes: Uint8Array, offset: number, length: number): void {
    const needed = this.#heldLength + length;
    if (needed > this.#held.length) {
      const larger = new Uint8Array(Math.max(needed, Math.min(2 * this.#held.length, this.#maxMessageBytes)));
      larger.set(this.#held.subarray(0, this.#heldLength));
      this.#held = larger;
    }
    this.#held.set(bytes.subarray(offset, offset + length), this.#heldLength);
    this.#heldLength = needed;
  }
}

/** Whether the bytes that are there can begin a STUN message: type, a length in fours, the magic cookie (RFC 7983, RFC 8489 5). */
function startsLikeStun(bytes: Uint8Array, offset: number, length: number): boolean {
  if (bytes[offset] > 3) return false;
  if (length > 3 && (bytes[offset + 3] & 3) !== 0) return false;
  for (let i = 4; i < 8 && i < length; i++) {
    if (bytes[offset + i] !== ((MAGIC_COOKIE >>> (8 * (7 - i))) & 0xff)) return false;
  }
  return true;
}
