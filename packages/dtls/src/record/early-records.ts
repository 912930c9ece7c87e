import { Verdict } from '@hawser/wire';

/** One Finished, its repetition, and two alerts; a Finished takes 61 bytes. */
const MAX_RECORDS = 4;
const MAX_RECORD_LENGTH = 512;

/**
 * Records of epoch 1 that came before there were keys for them: a Finished that overtook the flight before it. Nothing says
 * who sent them, so there are few and they are small.
 */
export class EarlyRecords {
  #records: Uint8Array[] = [];

  /** Keeps a copy of the record at `at`. */
  keep(bytes: Uint8Array, at: number, length: number): Verdict {
    if (this.#records.length >= MAX_RECORDS || length > MAX_RECORD_LENGTH) return Verdict.overLimit;
    this.#records.push(bytes.slice(at, at + length));
    return Verdict.consumed;
  }

  /** All that were kept, in the order in which they came; none is kept any more. */
  takeAll(): readonly Uint8Array[] {
    const records = this.#records;
    if (records.length > 0) this.#records = [];
    return records;
  }
}
