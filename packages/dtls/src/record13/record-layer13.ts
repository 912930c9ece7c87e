import { type Slot, Verdict } from '@hawser/wire';
import { DtlsError } from '../errors.ts';
import {
  ContentType,
  MAX_PLAINTEXT_LENGTH,
  ProtocolVersion,
  RECORD_HEADER_LENGTH,
  recordLength,
  writeRecordHeader,
} from '../record/record.ts';
import { ReplayWindow } from '../record/replay-window.ts';
import { ConnectionIds } from './connection-ids.ts';
import { type RecordProtection13, SUFFIX_LENGTH_13 } from './record-protection13.ts';
import { EPOCH_BITS, OUR_HEADER_LENGTH, unifiedHeaderLength } from './unified-header.ts';

/** Epochs of RFC 9147 6.1; KeyUpdates go on from `application`. */
export const Epoch = { clear: 0, handshake: 2, application: 3 } as const;

/** One direction in one epoch. */
interface Sending {
  readonly epoch: number;
  readonly protection: RecordProtection13;
}

interface Receiving {
  readonly epoch: number;
  readonly protection: RecordProtection13;
  readonly replay: ReplayWindow;
}

/** A record that was opened: what `RecordLayer13.openRecord` found. Reused. */
export interface OpenedRecord {
  type: number;
  epoch: number;
  number: number;
  /** Where its content begins. */
  at: number;
  length: number;
}

/**
 * Both directions of the record layer of DTLS 1.3: epoch 0 in the clear, 2 for the handshake, 3 and above for what follows.
 * Keys stand in four places by the two bits of the epoch that a record shows, so that a new epoch displaces the one that
 * looks like it (RFC 9147 4.2.2).
 */
export class RecordLayer13 {
  readonly connectionIds = new ConnectionIds();
  readonly opened: OpenedRecord = { type: 0, epoch: 0, number: 0, at: 0, length: 0 };
  readonly #sending: (Sending | undefined)[] = [undefined, undefined, undefined, undefined];
  readonly #receiving: (Receiving | undefined)[] = [undefined, undefined, undefined, undefined];
  /** Next numbers to be sent, by two bits of epoch. */
  readonly #nextNumber = new Float64Array(4);
  readonly #forgeries = new Float64Array(4);
  readonly #replayWindow: number;
  #application: Sending | undefined;
  #sendEpoch = 0;
  #receiveEpoch = 0;
  /** Whether old keys go with the first record of the latest epoch. */
  #isOldDue = false;

  /** Whether any record under keys was taken. */
  hasOpened = false;

  /** Records of application data that one key may seal, by the suite that was agreed on. */
  mostRecords = 0;

  /** @param replayWindow records */
  constructor(replayWindow: number) {
    this.#replayWindow = replayWindow;
  }

  /** The epoch of what we send now. */
  get sendEpoch(): number {
    return this.#sendEpoch;
  }

  /** The highest epoch in which records can be opened; 0 before there is any. */
  get receiveEpoch(): number {
    return this.#receiveEpoch;
  }

  /** Records sealed in the epoch of application data. */
  get recordsSealed(): number {
    return this.#nextNumber[this.#sendEpoch & EPOCH_BITS];
  }

  /** Records of the current epoch that did not prove authentic. */
  get forgeries(): number {
    return this.#forgeries[this.#receiveEpoch & EPOCH_BITS];
  }

  get nextClearNumber(): number {
    return this.#nextNumber[0];
  }

  /** What `seal` adds to a payload. */
  get overheadBytes(): number {
    return OUR_HEADER_LENGTH + this.connectionIds.remote.length + SUFFIX_LENGTH_13;
  }

  /** The next record of epoch 0 gets `number`. */
  continueFrom(number: number): void {
    this.#nextNumber[0] = number;
  }

  /** Records are sent in `epoch` from now on. Those of earlier epochs can still be repeated. */
  installSending(epoch: number, protection: RecordProtection13): void {
    const sending = { epoch, protection };
    this.#sending[epoch & EPOCH_BITS] = sending;
    this.#nextNumber[epoch & EPOCH_BITS] = 0;
    this.#sendEpoch = epoch;
    if (epoch >= Epoch.application) this.#application = sending;
  }

  /** Records of `epoch` can be opened from now on, those of the three before it still. */
  installReceiving(epoch: number, protection: RecordProtection13): void {
    this.#receiving[epoch & EPOCH_BITS] = { epoch, protection, replay: new ReplayWindow(this.#replayWindow) };
    this.#forgeries[epoch & EPOCH_BITS] = 0;
    this.#isOldDue = false;
    this.#receiveEpoch = epoch;
  }

  /** Forgets keys to send with that nothing is repeated with any more. */
  dropOldSending(): void {
    for (let i = 0; i < 4; i++) if (this.#sending[i]?.epoch !== this.#sendEpoch) this.#sending[i] = undefined;
  }

  /** Forgets keys of epochs before the latest: now, or as soon as the peer has used that (RFC 9147 8). */
  dropOldReceiving(): void {
    const latest = this.#receiving[this.#receiveEpoch & EPOCH_BITS];
    this.#isOldDue = latest === undefined || latest.replay.highest < 0;
    if (this.#isOldDue) return;
    for (let i = 0; i < 4; i++) if (this.#receiving[i]?.epoch !== this.#receiveEpoch) this.#receiving[i] = undefined;
  }

  /** Forgets all keys. */
  uninstall(): void {
    this.#sending.fill(undefined);
    this.#receiving.fill(undefined);
    this.#application = undefined;
  }

  /** Bytes of a record of `epoch` before its payload. */
  prefixLength(epoch: number): number {
    return epoch === 0 ? RECORD_HEADER_LENGTH : OUR_HEADER_LENGTH + this.connectionIds.remote.length;
  }

  /** Bytes of a record of `epoch` behind its payload. */
  suffixLength(epoch: number): number {
    return epoch === 0 ? 0 : SUFFIX_LENGTH_13;
  }

  canSend(epoch: number): boolean {
    return epoch === 0 || this.#sending[epoch & EPOCH_BITS]?.epoch === epoch;
  }

  /** The number that the next record of `epoch` gets. */
  nextNumber(epoch: number): number {
    return this.#nextNumber[epoch & EPOCH_BITS];
  }

  /**
   * Makes a record at `at` around the `length` bytes of payload that already stand `prefixLength(epoch)` behind it.
   *
   * @returns length of the whole record; 0 when the keys of the epoch are gone
   */
  finish(buffer: Uint8Array, at: number, type: number, epoch: number, length: number): number {
    if (!this.canSend(epoch)) return 0;
    const number = this.#nextNumber[epoch & EPOCH_BITS]++;
    const prefixLength = this.prefixLength(epoch);
    if (epoch === 0) {
      writeRecordHeader(buffer, at, type, ProtocolVersion.dtls12, 0, number, length);
      return prefixLength + length;
    }
    const { protection } = this.#sending[epoch & EPOCH_BITS] as Sending;
    protection.seal(buffer, at + prefixLength, length, type, epoch, number, this.connectionIds.remote);
    return prefixLength + length + SUFFIX_LENGTH_13;
  }

  /** See `DtlsConnection.seal`. */
  seal(slot: Slot): Verdict {
    const sending = this.#application;
    if (sending === undefined) return Verdict.unexpected;
    const { offset, length, buffer } = slot;
    if (length > MAX_PLAINTEXT_LENGTH) return Verdict.overLimit;
    const id = this.connectionIds.remote;
    const headerLength = OUR_HEADER_LENGTH + id.length;
    if (offset < headerLength || offset + length + SUFFIX_LENGTH_13 > buffer.length) {
      throw new DtlsError('bad-slot', `seal needs ${headerLength} bytes before and ${SUFFIX_LENGTH_13} behind`);
    }
    const index = sending.epoch & EPOCH_BITS;
    const number = this.#nextNumber[index];
    if (number >= this.mostRecords) return Verdict.overLimit;
    this.#nextNumber[index] = number + 1;
    sending.protection.seal(buffer, offset, length, ContentType.applicationData, sending.epoch, number, id);
    slot.offset = offset - headerLength;
    slot.length = length + headerLength + SUFFIX_LENGTH_13;
    return Verdict.consumed;
  }

  /** Whether keys are there for the epoch of the record whose first byte is `flags`. */
  canOpen(flags: number): boolean {
    return this.#receiving[flags & EPOCH_BITS] !== undefined;
  }

  /**
   * Decrypts in place the one record of `length` bytes at `offset`, and tells in `opened` what it is. The replay window is
   * asked after the cryptography, lest the time of a refusal tell the number (RFC 9147 4.5.1); it is told by `markOpened`.
   */
  openRecord(buffer: Uint8Array, offset: number, length: number): Verdict {
    const ids = this.connectionIds;
    const idLength = ids.localLength;
    if (recordLength(buffer, offset, length, idLength) !== length) return Verdict.malformed;
    if (idLength > 0 && !ids.isOurs(buffer, offset + 1)) return Verdict.unauthenticated;
    const index = buffer[offset] & EPOCH_BITS;
    const receiving = this.#receiving[index];
    if (receiving === undefined) return Verdict.unexpected;
    const { protection, replay } = receiving;
    const headerLength = unifiedHeaderLength(buffer[offset], idLength);
    const plain = protection.open(buffer, offset, length, idLength, replay.highest + 1);
    if (plain === -1) return Verdict.malformed;
    if (plain === -2) {
      this.#forgeries[index]++;
      return Verdict.unauthenticated;
    }
    const fresh = replay.check(protection.openedNumber);
    if (fresh !== Verdict.consumed) return fresh;
    const { opened } = this;
    opened.at = offset + headerLength;
    opened.epoch = receiving.epoch;
    opened.number = protection.openedNumber;
    // RFC 8446 5.4: the type is the last byte that is not zero; only padding is an offence, and type 0 says so.
    let end = opened.at + plain - 1;
    while (end > opened.at && buffer[end] === 0) end--;
    opened.type = buffer[end];
    opened.length = end - opened.at;
    return Verdict.consumed;
  }

  /** The record that was opened last has been taken: never again. */
  markOpened(): void {
    this.hasOpened = true;
    this.#receiving[this.opened.epoch & EPOCH_BITS]?.replay.mark(this.opened.number);
    if (this.#isOldDue) this.dropOldReceiving();
  }
}
