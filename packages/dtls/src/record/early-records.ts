import { Verdict } from '@hawser/wire';

/** DTLS 1.2: one Finished, its repetition, and two alerts; a Finished takes 61 bytes. */
const MAX_RECORDS = 4;
const MAX_RECORD_LENGTH = 512;

/**
 * Records that came before there were keys for them: in DTLS 1.2 a Finished that overtook the flight before it, in 1.3 what
 * overtook the ServerHello. Nothing says who sent them, so there are few and they are small.
 */
export class EarlyRecords {
  readonly #mostRecords: number;
  readonly #longestRecord: number;
  #records: Uint8Array[] = [];

  constructor(mostRecords = MAX_RECORDS, longestRecord = MAX_RECORD_LENGTH) {
    this.#mostRecords = mostRecords;
    this.#longestRecord = longestRecord;
  }

  /** Keeps a copy of the record at `at`. */
  keep(bytes: Uint8Array, at: number, length: number): Verdict {
    if (this.#records.length >= this.#mostRecords || length > this.#longestRecord) return Verdict.overLimit;
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
