import { ContentType } from '../record/record.ts';
import type { RecordLayer13 } from '../record13/record-layer13.ts';
import { ackLength, type RecordName, writeAck } from './ack.ts';

/** Names that are kept: more records than any flight has. Later ones displace earlier ones. */
const MOST_NAMES = 64;

/** Handshake records that arrived and were processed or kept: what an ACK of ours names (RFC 9147 7). */
export class ReceivedRecords {
  #names: RecordName[] = [];
  #isDue = false;

  /** Whether an ACK waits to be sent. */
  get isDue(): boolean {
    return this.#isDue;
  }

  get isEmpty(): boolean {
    return this.#names.length === 0;
  }

  add(epoch: number, number: number): void {
    if (this.#names.some((name) => name.epoch === epoch && name.number === number)) return;
    this.#names.push({ epoch, number });
    if (this.#names.length > MOST_NAMES) this.#names.shift();
  }

  /** Has an ACK sent, of whatever has arrived; of nothing, too: that says that something came that could not be read. */
  request(): void {
    this.#isDue = true;
  }

  /** Another flight of the peer begins: the one before is acknowledged by our answer. */
  clear(): void {
    this.#names = [];
    this.#isDue = false;
  }

  /**
   * Writes the ACK that is due, in the highest epoch that we send in, into at most `capacity` bytes at `at`.
   *
   * @param isForgotten whether what was named is not named again: after the handshake, where each record is named once
   * @returns bytes written; 0 when none is due or it does not fit
   */
  write(records: RecordLayer13, buffer: Uint8Array, at: number, capacity: number, isForgotten: boolean): number {
    if (!this.#isDue) return 0;
    const epoch = records.sendEpoch;
    const prefixLength = records.prefixLength(epoch);
    const room = capacity - prefixLength - records.suffixLength(epoch);
    if (room < ackLength(Math.min(1, this.#names.length))) return 0;
    this.#isDue = false;
    const most = Math.floor((room - ackLength(0)) / (ackLength(1) - ackLength(0)));
    // During the handshake an ACK goes in an epoch not below those of what it names; later in the highest there is.
    const names = this.#names.filter((name) => isForgotten || name.epoch <= epoch).slice(-most);
    names.sort((a, b) => a.epoch - b.epoch || a.number - b.number);
    writeAck(buffer, at + prefixLength, names);
    if (isForgotten) this.#names = [];
    return records.finish(buffer, at, ContentType.ack, epoch, ackLength(names.length));
  }
}
