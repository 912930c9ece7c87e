import type { OpenedRecord } from './record-layer13.ts';

/** Records that are kept between `open` and the next call that tells the time: a flight and more. */
const MOST_RECORDS = 32;
const MOST_BYTES = 32_768;

interface Kept {
  readonly type: number;
  readonly epoch: number;
  readonly number: number;
  readonly bytes: Uint8Array;
}

/**
 * What `open` found that is not application data: only decryption tells. It is acted on when the connection is next told what
 * time it is.
 */
export class Inbox {
  /** Stands for a record that came before its keys. */
  static readonly UNREADABLE = -1;
  #records: Kept[] = [];
  #bytes = 0;

  /** Keeps a copy of the content of `opened`; false when there is no room: then it is as good as lost on the way. */
  keep({ type, epoch, number, at, length }: Readonly<OpenedRecord>, buffer: Uint8Array): boolean {
    if (this.#records.length >= MOST_RECORDS || this.#bytes + length > MOST_BYTES) return false;
    this.#records.push({ type, epoch, number, bytes: buffer.slice(at, at + length) });
    this.#bytes += length;
    return true;
  }

  noteUnreadable(): void {
    if (this.#records.length >= MOST_RECORDS) return;
    this.#records.push({ type: Inbox.UNREADABLE, epoch: 0, number: 0, bytes: NO_BYTES });
  }

  /** The oldest. */
  take(): Kept | undefined {
    const record = this.#records.shift();
    if (record !== undefined) this.#bytes -= record.bytes.length;
    return record;
  }

  clear(): void {
    this.#records = [];
    this.#bytes = 0;
  }
}

const NO_BYTES = new Uint8Array(0);
