import { type Slot, Verdict } from '@hawser/wire';
import { DtlsError } from '../errors.ts';
import { ConnectionIds } from '../record13/connection-ids.ts';
import {
  ContentType,
  MAX_PLAINTEXT_LENGTH,
  ProtocolVersion,
  RECORD_HEADER_LENGTH,
  RECORD_NUMBER_LIMIT,
  recordContentType,
  recordEpoch,
  recordLength,
  recordNumber,
  recordVersion,
  TAG_LENGTH,
  writeRecordHeader,
} from './record.ts';
import type { RecordProtection } from './record-protection.ts';
import { ReplayWindow } from './replay-window.ts';

/**
 * Both directions of the record layer: epoch 0 in the clear, epoch 1 protected. Records have one sequence of numbers per
 * epoch, used once each, whatever path they take (RFC 6347 4.1).
 */
export class RecordLayer {
  readonly #nextNumber = new Float64Array(2);
  readonly #replay: ReplayWindow;
  /** What was negotiated of them (RFC 9146 3) goes into the keys of epoch 1. */
  readonly connectionIds = new ConnectionIds();
  #write: RecordProtection | undefined;
  #read: RecordProtection | undefined;
  #openedNumber = 0;

  constructor(replayWindow: number) {
    this.#replay = new ReplayWindow(replayWindow);
  }

  /** The number of the next record of epoch 0. */
  get nextClearNumber(): number {
    return this.#nextNumber[0];
  }

  /** Whether records of epoch 1 can be read. */
  get hasReadKeys(): boolean {
    return this.#read !== undefined;
  }

  /** Bytes of a record that we send, before its payload. */
  prefixLength(epoch: number): number {
    return epoch === 0 || this.#write === undefined ? RECORD_HEADER_LENGTH : this.#write.prefixLength;
  }

  /** Bytes of a record that we send, behind its payload. */
  suffixLength(epoch: number): number {
    return epoch === 0 ? 0 : (this.#write?.suffixLength ?? TAG_LENGTH);
  }

  /** Type of the record that was opened last. */
  get openedType(): number {
    return this.#read?.openedType ?? 0;
  }

  /** Where the plaintext of a record stands that was opened, counted from the record's beginning. */
  get openedPrefixLength(): number {
    return this.#read?.prefixLength ?? RECORD_HEADER_LENGTH;
  }

  /** Sets the keys of epoch 1. */
  install(write: RecordProtection, read: RecordProtection): void {
    this.#write = write;
    this.#read = read;
  }

  /** Forgets the keys: nothing can be sealed or opened any more. */
  uninstall(): void {
    this.#write = undefined;
    this.#read = undefined;
  }

  /** The next record of epoch 0 gets `number` (RFC 6347 4.2.1: a server echoes the ClientHello's). */
  continueFrom(number: number): void {
    this.#nextNumber[0] = number;
  }

  /**
   * Makes a record at `at` around the `length` bytes of payload that already stand `prefixLength(epoch)` behind it.
   *
   * @returns length of the whole record
   */
  finish(buffer: Uint8Array, at: number, type: number, version: number, epoch: number, length: number): number {
    const number = this.#nextNumber[epoch]++;
    if (epoch === 0) {
      writeRecordHeader(buffer, at, type, version, 0, number, length);
      return RECORD_HEADER_LENGTH + length;
    }
    const protection = this.#write as RecordProtection;
    const { prefixLength, suffixLength } = protection;
    protection.seal(buffer, at + prefixLength, length, type, version, epoch, number);
    return prefixLength + length + suffixLength;
  }

  /** See `DtlsConnection.seal`. */
  seal(slot: Slot): Verdict {
    const protection = this.#write;
    if (protection === undefined) return Verdict.unexpected;
    const { offset, length, buffer } = slot;
    const { prefixLength, suffixLength } = protection;
    // With a connection id the type stands in the plaintext, and counts (RFC 9146 5.3).
    if (length + suffixLength - TAG_LENGTH > MAX_PLAINTEXT_LENGTH) return Verdict.overLimit;
    if (offset < prefixLength || offset + length + suffixLength > buffer.length) {
      throw new DtlsError('bad-slot', `seal needs ${prefixLength} bytes before and ${suffixLength} behind`);
    }
    const number = this.#nextNumber[1];
    if (number >= RECORD_NUMBER_LIMIT) return Verdict.overLimit;
    this.#nextNumber[1] = number + 1;
    protection.seal(buffer, offset, length, ContentType.applicationData, ProtocolVersion.dtls12, 1, number);
    slot.offset = offset - prefixLength;
    slot.length = length + prefixLength + suffixLength;
    return Verdict.consumed;
  }

  /** See `DtlsConnection.open`: exactly one record. `notMine` when it is of another type; one of epoch 1 is open then. */
  open(slot: Slot): Verdict {
    const { buffer, offset, length } = slot;
    if (recordLength(buffer, offset, length, this.connectionIds.localLength) !== length) return Verdict.malformed;
    if (recordContentType(buffer, offset) !== ContentType.applicationData) return Verdict.notMine;
    const plaintextLength = this.openRecord(buffer, offset, length);
    if (plaintextLength < 0) return plaintextLength as Verdict;
    if (this.openedType !== ContentType.applicationData) return Verdict.notMine;
    this.markOpened();
    slot.offset = offset + this.openedPrefixLength;
    slot.length = plaintextLength;
    return Verdict.consumed;
  }

  /**
   * Decrypts in place the record of epoch 1 at `offset`; its plaintext then stands `openedPrefixLength` behind that,
   * and its type is `openedType`. The replay window is asked before the cryptography, and told after it by `markOpened`.
   *
   * @returns length of the plaintext, or a negative verdict
   */
  openRecord(buffer: Uint8Array, offset: number, length: number): number {
    const protection = this.#read;
    if (protection === undefined || recordEpoch(buffer, offset) !== 1) return Verdict.unexpected;
    if (recordVersion(buffer, offset) !== ProtocolVersion.dtls12) return Verdict.malformed;
    const number = recordNumber(buffer, offset);
    const fresh = this.#replay.check(number);
    if (fresh !== Verdict.consumed) return fresh;
    const plaintextLength = protection.open(buffer, offset, length);
    if (plaintextLength < 0) return plaintextLength === -1 ? Verdict.malformed : Verdict.unauthenticated;
    this.#openedNumber = number;
    return plaintextLength;
  }

  /** The record that was opened last has been taken: never again. */
  markOpened(): void {
    this.#replay.mark(this.#openedNumber);
  }
}
