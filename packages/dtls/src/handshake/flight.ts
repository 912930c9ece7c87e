import { ContentType, ProtocolVersion } from '../record/record.ts';
import type { RecordLayer } from '../record/record-layer.ts';
import { HANDSHAKE_HEADER_LENGTH, HandshakeType, writeHandshakeHeader } from './messages/header.ts';

/**
 * What the peer owes us for a flight (RFC 6347 4.2.4): `answer` = another flight, so ours is repeated until it comes;
 * `nothing` = ours is the last one, repeated only when the peer repeats its own.
 */
export type FlightAwaits = 'answer' | 'nothing';

interface FlightItem {
  readonly contentType: number;
  readonly epoch: number;
  readonly type: number;
  readonly seq: number;
  readonly body: Uint8Array;
}

/** Fragments smaller than this are not worth the end of a datagram that others have begun to fill. */
const SMALLEST_FRAGMENT = 64;

/**
 * One flight of messages, kept so that it can be sent again: cut into fragments of the datagram's size at the moment it is
 * written, with fresh record numbers each time (RFC 6347 4.2.4, 4.2.3).
 */
export class Flight {
  #items: FlightItem[] = [];
  /** The item being written and how much of it is out. */
  #index = 0;
  #sent = 0;
  /** How many flights have begun. */
  count = 0;
  awaits: FlightAwaits = 'nothing';

  /** Whether something is still to be written. */
  get isPending(): boolean {
    return this.#index < this.#items.length;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** Starts the next flight; the one before need not be repeated any more. */
  begin(awaits: FlightAwaits): void {
    this.#items = [];
    this.#index = 0;
    this.#sent = 0;
    this.awaits = awaits;
    this.count++;
  }

  /** Forgets the flight. */
  clear(): void {
    this.#items = [];
    this.#index = 0;
    this.#sent = 0;
    this.awaits = 'nothing';
  }

  /** What was added is out already: it is kept to be repeated. */
  skip(): void {
    this.#index = this.#items.length;
    this.#sent = 0;
  }

  /** Makes the whole flight pending again. */
  rewind(): void {
    this.#index = 0;
    this.#sent = 0;
  }

  addMessage(epoch: number, type: number, seq: number, body: Uint8Array): void {
    this.#items.push({ contentType: ContentType.handshake, epoch, type, seq, body });
  }

  addChangeCipherSpec(): void {
    const body = CHANGE_CIPHER_SPEC;
    this.#items.push({ contentType: ContentType.changeCipherSpec, epoch: 0, type: 0, seq: 0, body });
  }

  /**
   * Writes as many records as fit into one datagram of at most `capacity` bytes at `at`.
   *
   * @param capacity at least 256
   * @returns bytes written; 0 when nothing is pending
   */
  write(records: RecordLayer, buffer: Uint8Array, at: number, capacity: number): number {
    const end = at + capacity;
    let position = at;
    while (this.isPending) {
      const item = this.#items[this.#index];
      const isHandshake = item.contentType === ContentType.handshake;
      const headerLength = isHandshake ? HANDSHAKE_HEADER_LENGTH : 0;
      const prefixLength = records.prefixLength(item.epoch) + headerLength;
      const room = end - position - prefixLength - records.suffixLength(item.epoch);
      const left = item.body.length - this.#sent;
      if (room < left && (position > at ? room < SMALLEST_FRAGMENT || !isHandshake : room < 1)) break;
      const length = Math.min(left, room);
      const bodyAt = position + prefixLength;
      for (let i = 0; i < length; i++) buffer[bodyAt + i] = item.body[this.#sent + i];
      if (isHandshake) {
        const headerAt = bodyAt - headerLength;
        writeHandshakeHeader(buffer, headerAt, item.type, item.body.length, item.seq, this.#sent, length);
      }
      // RFC 6347 4.2.1 lets the first hello say DTLS 1.0: the peer's version is not known yet.
      const isHello =
        isHandshake && (item.type === HandshakeType.clientHello || item.type === HandshakeType.helloVerifyRequest);
      const version = isHello ? ProtocolVersion.dtls10 : ProtocolVersion.dtls12;
      position += records.finish(buffer, position, item.contentType, version, item.epoch, headerLength + length);
      this.#sent += length;
      if (this.#sent === item.body.length) {
        this.#index++;
        this.#sent = 0;
      }
    }
    return position - at;
  }
}

const CHANGE_CIPHER_SPEC = Uint8Array.of(1);
