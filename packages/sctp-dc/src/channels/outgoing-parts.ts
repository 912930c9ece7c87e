import { Ppid } from '../packet/chunk-types.ts';
import { OutMessage } from '../tx/out-message.ts';
import type { Channel } from './channel.ts';

/**
 * A message that the application gives in parts. What may leave becomes pieces in the channel's queue. Its last byte is kept
 * back until more comes or the end is told: the fragment with E may not be empty (RFC 9260 6.2).
 */
export class OutgoingParts {
  readonly binary: boolean;
  /** Bytes given. */
  length = 0;
  /** The first piece; undefined until there is one. */
  head: OutMessage | undefined;
  /** Pieces that wait for the end: without I-DATA a message that has begun holds up all others until it ends. */
  waiting: OutMessage[] = [];
  /** Pieces go into the queue as they come. */
  isReleased = false;
  readonly #channel: Channel;
  readonly #expiresAt: number;
  #kept = -1;

  constructor(channel: Channel, binary: boolean, expiresAt: number) {
    this.#channel = channel;
    this.binary = binary;
    this.#expiresAt = expiresAt;
  }

  /** Bytes that are kept back, 0 or 1. */
  get keptBytes(): number {
    return this.#kept < 0 ? 0 : 1;
  }

  /** Copies a part; answers the piece that may leave, undefined when there is none yet. */
  add(bytes: Uint8Array, offset: number, length: number, last: boolean): OutMessage | undefined {
    this.length += length;
    // RFC 8831 6.6: an empty message is one zero byte with a PPID of its own.
    if (last && this.length === 0) return this.#piece(new Uint8Array(1), true);
    const kept = this.keptBytes;
    if (kept + length < (last ? 1 : 2)) {
      if (length > 0) this.#kept = bytes[offset];
      return undefined;
    }
    const body = new Uint8Array(kept + length - (last ? 0 : 1));
    if (kept > 0) body[0] = this.#kept;
    body.set(bytes.subarray(offset, offset + body.length - kept), kept);
    this.#kept = last ? -1 : bytes[offset + length - 1];
    return this.#piece(body, last);
  }

  #piece(body: Uint8Array, ends: boolean): OutMessage {
    const piece = this.head?.continued(body, ends) ?? this.#first(body, ends);
    piece.counted = this.length > 0;
    this.head ??= piece;
    return piece;
  }

  #first(body: Uint8Array, ends: boolean): OutMessage {
    const { confirmed, maxRetransmits, ordered, stream } = this.#channel;
    const [full, empty] = this.binary ? [Ppid.binary, Ppid.binaryEmpty] : [Ppid.string, Ppid.stringEmpty];
    const ppid = this.length === 0 ? empty : full;
    return new OutMessage(stream, body, ppid, ordered || !confirmed, this.#expiresAt, maxRetransmits, undefined, ends);
  }
}
