import { HANDSHAKE_HEADER_LENGTH, writeHandshakeHeader } from '../handshake/messages/header.ts';
import { ContentType } from '../record/record.ts';
import type { RecordLayer13 } from '../record13/record-layer13.ts';
import type { RecordName } from './ack.ts';
import { type Ranges, wholeRange, without, withPartOf } from './ranges.ts';

/**
 * What ends a flight (RFC 9147 5.7): `answer` = the next flight of the peer, `ack` = its ACKs; `nothing` = a flight that is
 * repeated only when the peer repeats its own.
 */
export type FlightAwaits13 = 'answer' | 'ack' | 'nothing';

interface Item {
  readonly epoch: number;
  readonly type: number;
  readonly seq: number;
  readonly body: Uint8Array;
  /** Bytes of `body` that no ACK has named. */
  unacked: Ranges;
  /** Bytes that wait to be sent, for the first time or again. */
  pending: Ranges;
}

/** A record that left: which part of what it carried. */
interface Sent extends RecordName {
  readonly item: Item;
  readonly from: number;
  readonly to: number;
  /** Whether what it carried has been sent again already because of an ACK. */
  isRepeated: boolean;
}

/** Fragments smaller than this are not worth the end of a datagram that others have begun to fill. */
const SMALLEST_FRAGMENT = 64;
/** Records that are remembered; ACKs of earlier ones say nothing any more. */
const MOST_SENT = 256;

/**
 * Messages that the peer has not got yet as far as we know: a flight of the handshake, or what comes after it. Cut into
 * fragments of the datagram's size at the moment they are written; what an ACK names is not sent again (RFC 9147 5.8.1, 7.2).
 */
export class Flight13 {
  #items: Item[] = [];
  #sent: Sent[] = [];
  /** How many flights have begun. */
  count = 0;
  awaits: FlightAwaits13 = 'nothing';

  /** Whether something waits to be sent. */
  get isPending(): boolean {
    for (const { pending } of this.#items) if (pending.length > 0) return true;
    return false;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  /** What the peer has not acknowledged as a whole, in order. */
  get messages(): readonly { readonly type: number; readonly seq: number; readonly body: Uint8Array }[] {
    return this.#items;
  }

  /** Starts the next flight of the handshake; the one before need not be repeated any more. */
  begin(awaits: FlightAwaits13): void {
    this.clear();
    this.awaits = awaits;
    this.count++;
  }

  /** Forgets everything. */
  clear(): void {
    this.#items = [];
    this.#sent = [];
    this.awaits = 'nothing';
  }

  add(epoch: number, type: number, seq: number, body: Uint8Array): void {
    const all = wholeRange(body.length);
    this.#items.push({ epoch, type, seq, body, unacked: all, pending: all });
  }

  /** Makes everything pending again that no ACK has named. */
  rewind(): void {
    for (const item of this.#items) item.pending = item.unacked;
  }

  /**
   * Takes note of an ACK: what it names has arrived.
   *
   * @returns types of the messages that are whole at the peer now
   */
  acknowledge(names: readonly RecordName[]): number[] {
    let latest = -1;
    for (const name of names) {
      const at = this.#sent.findIndex(({ epoch, number }) => epoch === name.epoch && number === name.number);
      if (at < 0) continue;
      latest = Math.max(latest, at);
      const { item, from, to } = this.#sent[at];
      item.unacked = without(item.unacked, from, to);
      item.pending = without(item.pending, from, to);
    }
    this.#repeatBefore(latest);
    const whole = this.#items.filter(({ unacked }) => unacked.length === 0);
    if (whole.length > 0) this.#items = this.#items.filter(({ unacked }) => unacked.length > 0);
    return whole.map(({ type }) => type);
  }

  /** Makes pending what left before the latest record that arrived and did not arrive itself; each record once. */
  #repeatBefore(latest: number): void {
    for (let i = 0; i < latest; i++) {
      const sent = this.#sent[i];
      if (sent.isRepeated) continue;
      sent.isRepeated = true;
      sent.item.pending = withPartOf(sent.item.pending, sent.item.unacked, sent.from, sent.to);
    }
  }

  /**
   * Writes as many records as fit into one datagram of at most `capacity` bytes at `at`.
   *
   * @param capacity at least 256
   * @returns bytes written; 0 when nothing is pending
   */
  write(records: RecordLayer13, buffer: Uint8Array, at: number, capacity: number): number {
    const end = at + capacity;
    let position = at;
    for (const item of this.#items) {
      const prefixLength = records.prefixLength(item.epoch) + HANDSHAKE_HEADER_LENGTH;
      while (item.pending.length > 0) {
        const [from, to] = item.pending;
        const room = end - position - prefixLength - records.suffixLength(item.epoch);
        const left = to - from;
        if (room < left && (position > at ? room < SMALLEST_FRAGMENT : room < 1)) return position - at;
        const length = Math.min(left, room);
        const bodyAt = position + prefixLength;
        for (let i = 0; i < length; i++) buffer[bodyAt + i] = item.body[from + i];
        writeHandshakeHeader(
          buffer,
          bodyAt - HANDSHAKE_HEADER_LENGTH,
          item.type,
          item.body.length,
          item.seq,
          from,
          length,
        );
        const number = records.nextNumber(item.epoch);
        const fragmentLength = HANDSHAKE_HEADER_LENGTH + length;
        position += records.finish(buffer, position, ContentType.handshake, item.epoch, fragmentLength);
        item.pending = without(item.pending, from, from + length);
        this.#remember({ epoch: item.epoch, number, item, from, to: from + length, isRepeated: false });
      }
    }
    return position - at;
  }

  #remember(sent: Sent): void {
    this.#sent.push(sent);
    if (this.#sent.length > MOST_SENT) this.#sent.shift();
  }
}
