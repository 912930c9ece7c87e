import { Verdict } from '@hawser/wire';
import type { HandshakeMessage } from './messages/header.ts';

/** Where a message is put together. */
interface Room {
  readonly body: Uint8Array;
  /** 1 where `body` has arrived. */
  readonly present: Uint8Array;
}

/** One message that is not whole yet. */
interface Slot extends Room {
  readonly type: number;
  readonly epoch: number;
  readonly seq: number;
  missing: number;
  recordNumber: number;
}

/** A fragment as its header tells it. Reused by the reader of records. */
export interface Fragment {
  type: number;
  /** Length of the whole message. */
  length: number;
  seq: number;
  fragmentOffset: number;
  fragmentLength: number;
}

/** Most bytes of one handshake message. A browser's largest, a ClientHello with post-quantum shares, has about 2 KiB. */
export const MAX_MESSAGE_LENGTH = 16_384;
/** Messages that may arrive before the one that is next. The longest flight has six. */
const MESSAGES_AHEAD = 8;
/** Most bytes of all messages that are not whole or not in turn. */
const MAX_BUFFERED_BYTES = 32_768;
/** Rooms of messages that were given up, kept for others: who forges fragments must not have memory made for each. */
const SPARE_ROOMS = 2;

/**
 * Puts handshake messages together, RFC 6347 4.2.2 and 4.2.3: fragments in any order, repeated and overlapping, of several
 * messages at once; whole messages come out in the order of message_seq. What contradicts itself is never put together: under
 * keys the later fragment is refused; in the clear, where anybody may have sent either, it begins the message anew, so that
 * what a peer repeats gets through whatever was forged before. Memory is bounded: the message that is next is never crowded
 * out by ones that come later.
 */
export class Reassembly {
  readonly #slots = new Map<number, Slot>();
  #spare: Room[] = [];
  #nextSeq = 0;
  #bufferedBytes = 0;

  /** message_seq of the next message to come out. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /**
   * Takes a fragment whose bytes stand at `at`; they are copied.
   *
   * @param epoch of its record. A fragment that came protected displaces what came in the clear.
   * @returns `replayed` when nothing in it was new, `tooOld` when its message has come out already
   */
  insert(fragment: Readonly<Fragment>, epoch: number, recordNumber: number, bytes: Uint8Array, at: number): Verdict {
    const { type, length, seq, fragmentOffset, fragmentLength } = fragment;
    if (fragmentOffset + fragmentLength > length) return Verdict.malformed;
    if (seq < this.#nextSeq) return Verdict.tooOld;
    if (seq >= this.#nextSeq + MESSAGES_AHEAD || length > MAX_MESSAGE_LENGTH) return Verdict.overLimit;
    let slot = this.#slots.get(seq);
    if (slot !== undefined) {
      const agrees = slot.type === type && slot.body.length === length && slot.epoch === epoch;
      const isForgeable = epoch > slot.epoch || (epoch === slot.epoch && epoch === 0);
      if (isForgeable && !(agrees && isSame(slot, fragmentOffset, fragmentLength, bytes, at))) {
        this.#drop(slot);
        slot = undefined;
      }
    }
    if (slot === undefined) {
      if (!this.#makeRoom(seq, length)) return Verdict.overLimit;
      slot = { type, epoch, seq, ...this.#roomFor(length), missing: length, recordNumber };
      this.#slots.set(seq, slot);
      this.#bufferedBytes += length;
      if (length === 0) return Verdict.consumed;
    }
    if (slot.type !== type || slot.body.length !== length || slot.epoch !== epoch) return Verdict.malformed;
    return this.#fill(slot, fragmentOffset, fragmentLength, recordNumber, bytes, at);
  }

  /** The next message if it is whole. */
  take(): HandshakeMessage | undefined {
    const slot = this.#slots.get(this.#nextSeq);
    if (slot === undefined || slot.missing > 0) return undefined;
    this.#remove(slot);
    this.#nextSeq++;
    const { type, seq, body, epoch, recordNumber } = slot;
    return { type, seq, body, epoch, recordNumber };
  }

  /** The message that came out last was not the peer's: it comes out once more when its fragments have come again. */
  reopen(seq: number): void {
    this.#nextSeq = seq;
  }

  /** Whether the message with `seq` is whole and of `type`. */
  isWhole(seq: number, type: number): boolean {
    const slot = this.#slots.get(seq);
    return slot !== undefined && slot.missing === 0 && slot.type === type;
  }

  /** Forgets all fragments; the next message to come out has `nextSeq`. */
  reset(nextSeq: number): void {
    for (const slot of this.#slots.values()) this.#drop(slot);
    this.#nextSeq = nextSeq;
  }

  /** Gives up what came before `seq` and goes on with it. */
  skipTo(seq: number): void {
    for (const slot of this.#slots.values()) if (slot.seq < seq) this.#drop(slot);
    this.#nextSeq = seq;
  }

  #fill(slot: Slot, from: number, length: number, recordNumber: number, bytes: Uint8Array, at: number): Verdict {
    const { body, present } = slot;
    if (!isSame(slot, from, length, bytes, at)) return Verdict.malformed;
    let added = 0;
    for (let i = 0; i < length; i++) {
      if (present[from + i] === 1) continue;
      present[from + i] = 1;
      body[from + i] = bytes[at + i];
      added++;
    }
    if (added === 0) return Verdict.replayed;
    slot.missing -= added;
    slot.recordNumber = recordNumber;
    return Verdict.consumed;
  }

  /** Whether `length` more bytes may be held for `seq`; gives up later messages, the latest first, for an earlier one. */
  #makeRoom(seq: number, length: number): boolean {
    while (this.#bufferedBytes + length > MAX_BUFFERED_BYTES) {
      let latest: Slot | undefined;
      for (const slot of this.#slots.values()) if (latest === undefined || slot.seq > latest.seq) latest = slot;
      if (latest === undefined || latest.seq < seq) return false;
      this.#drop(latest);
    }
    return true;
  }

  /** Gives a message up. */
  #drop(slot: Slot): void {
    this.#remove(slot);
    // The largest are kept: they are what costs.
    this.#spare.push({ body: slot.body, present: slot.present });
    this.#spare.sort((a, b) => b.body.buffer.byteLength - a.body.buffer.byteLength);
    if (this.#spare.length > SPARE_ROOMS) this.#spare.pop();
  }

  #remove(slot: Slot): void {
    this.#slots.delete(slot.seq);
    this.#bufferedBytes -= slot.body.length;
  }

  #roomFor(length: number): Room {
    const at = this.#spare.findLastIndex(({ body }) => body.buffer.byteLength >= length);
    if (at < 0) return { body: new Uint8Array(length), present: new Uint8Array(length) };
    const [{ body, present }] = this.#spare.splice(at, 1);
    return { body: new Uint8Array(body.buffer, 0, length), present: new Uint8Array(present.buffer, 0, length).fill(0) };
  }
}

/** Whether a fragment says the same as what has arrived where they overlap. */
function isSame({ body, present }: Slot, from: number, length: number, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < length; i++) if (present[from + i] === 1 && body[from + i] !== bytes[at + i]) return false;
  return true;
}
