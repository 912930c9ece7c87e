import { type Slot, Verdict } from '@hawser/wire';
import { DtlsError } from '../errors.ts';
import {
  ContentType,
  MAX_PLAINTEXT_LENGTH,
  ProtocolVersion,
  RECORD_HEADER_LENGTH,
  RECORD_NUMBER_LIMIT,
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
  #write: RecordProtection | undefined;
  #read: RecordProtection | undefined;

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
    return epoch === 0 ? 0 : TAG_LENGTH;
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
    const { prefixLength } = protection;
    protection.seal(buffer, at + prefixLength, length, type, version, epoch, number);
    return prefixLength + length + TAG_LENGTH;
  }

  /** See `DtlsConnection.seal`. */
  seal(slot: Slot): Verdict {
    const protection = this.#write;
    if (protection === undefined) return Verdict.unexpected;
    const { offset, length, buffer } = slot;
    if (length > MAX_PLAINTEXT_LENGTH) return Verdict.overLimit;
    const { prefixLength } = protection;
    if (offset < prefixLength || offset + length + TAG_LENGTH > buffer.length) {
      throw new DtlsError('bad-slot', `seal needs ${prefixLength} bytes before and ${TAG_LENGTH} behind`);
    }
    const number = this.#nextNumber[1];
    if (number >= RECORD_NUMBER_LIMIT) return Verdict.overLimit;
    this.#nextNumber[1] = number + 1;
    protection.seal(buffer, offset, length, ContentType.applicationData, ProtocolVersion.dtls12, 1, number);
    slot.offset = offset - prefixLength;
    slot.length = length + prefixLength + TAG_LENGTH;
    return Verdict.consumed;
  }

  /** See `DtlsConnection.open`: exactly one record of application data. */
  open(slot: Slot): Verdict {
    const { buffer, offset, length } = slot;
    if (recordLength(buffer, offset, length) !== length) return Verdict.malformed;
    if (buffer[offset] !== ContentType.applicationData) return Verdict.notMine;
    const plaintextLength = this.openRecord(buffer, offset, length);
    if (plaintextLength < 0) return plaintextLength as Verdict;
    slot.offset = offset + this.openedPrefixLength;
    slot.length = plaintextLength;
    return Verdict.consumed;
  }

  /**
   * Decrypts in place the record of epoch 1 at `offset`; its plaintext then stands `openedPrefixLength` behind that. The replay window
   * is asked before the cryptography and told after it.
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
    this.#replay.mark(number);
    return plaintextLength;
  }
}
