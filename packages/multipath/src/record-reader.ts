import { type DtlsConnection, recordContentType, recordLength } from '@hawser/dtls';
import type { SctpAssociation } from '@hawser/sctp-dc';
import { type Instant, NO_FLOW, PacketClass, type PathId, type Slot, Verdict } from '@hawser/wire';
import type { SessionCounters } from './counters.ts';

/** RFC 5246 6.2.1, ContentType application_data. */
const APPLICATION_DATA = 23;

/** A slot over somebody else's bytes: `open` decrypts where the datagram lies. */
export class ReceiveSlot implements Slot {
  buffer: Uint8Array = new Uint8Array(0);
  offset = 0;
  length = 0;
  flow = NO_FLOW;
  path: PathId = 0;
  cls: PacketClass = PacketClass.data;

  reset(path: PathId, bytes: Uint8Array, offset: number, length: number): this {
    this.buffer = bytes;
    this.offset = offset;
    this.length = length;
    this.path = path;
    return this;
  }
}

/**
 * Walks the DTLS records of a datagram: application data is opened and given to SCTP, everything else goes to the
 * handshake. The record replay window drops second copies.
 */
export class RecordReader {
  readonly #slot = new ReceiveSlot();
  readonly #counters: SessionCounters;

  constructor(counters: SessionCounters) {
    this.#counters = counters;
  }

  /** The verdict of the last record. */
  handle(
    now: Instant,
    path: PathId,
    bytes: Uint8Array,
    offset: number,
    length: number,
    dtls: DtlsConnection,
    sctp: SctpAssociation | undefined,
  ): Verdict {
    const end = offset + length;
    let verdict: Verdict = Verdict.malformed;
    for (let at = offset; at < end; ) {
      const recordBytes = recordLength(bytes, at, end - at, dtls.connectionIdLength);
      if (recordBytes < 0) {
        this.#counters.malformed++;
        return Verdict.malformed;
      }
      verdict =
        recordContentType(bytes, at) === APPLICATION_DATA
          ? this.#handleApplicationData(now, path, bytes, at, recordBytes, dtls, sctp)
          : dtls.handleDatagram(now, path, bytes, at, recordBytes);
      at += recordBytes;
    }
    return verdict;
  }

  #handleApplicationData(
    now: Instant,
    path: PathId,
    bytes: Uint8Array,
    offset: number,
    length: number,
    dtls: DtlsConnection,
    sctp: SctpAssociation | undefined,
  ): Verdict {
    const slot = this.#slot.reset(path, bytes, offset, length);
    const verdict = dtls.open(slot);
    // In DTLS 1.3 only decryption tells what a record is; what was not data, the connection has kept for itself.
    if (verdict === Verdict.notMine) return Verdict.consumed;
    if (verdict !== Verdict.consumed) {
      countRefusal(this.#counters, verdict);
      return verdict;
    }
    if (sctp === undefined) {
      this.#counters.tooEarly++;
      return Verdict.unexpected;
    }
    return sctp.handleDatagram(now, path, slot.buffer, slot.offset, slot.length);
  }
}

/** Counts why a secure layer did not open a packet. */
export function countRefusal(counters: SessionCounters, verdict: Verdict): void {
  if (verdict === Verdict.replayed) counters.duplicates++;
  else if (verdict === Verdict.tooOld) counters.tooOld++;
  else if (verdict === Verdict.unauthenticated) counters.unauthenticated++;
  else if (verdict === Verdict.unexpected) counters.tooEarly++;
  else counters.malformed++;
}
