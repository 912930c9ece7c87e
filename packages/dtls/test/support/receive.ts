import { createSlot, Verdict } from '@hawser/wire';
import { ContentType, type DtlsConnection, recordContentType, recordLength } from '../../src/index.ts';

/**
 * Takes a datagram as an owner of a connection does: record by record, what looks like application data to `open`, the rest
 * to `handleDatagram`.
 *
 * @returns the verdict on the last record
 */
export function receive(
  connection: DtlsConnection,
  now: number,
  path: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
  onData: (text: string) => void,
): Verdict {
  const end = offset + length;
  let verdict: Verdict | undefined;
  for (let at = offset; at < end; ) {
    const total = recordLength(bytes, at, end - at, connection.connectionIdLength);
    if (total < 0 || recordContentType(bytes, at) !== ContentType.applicationData) {
      const rest = total < 0 ? end - at : total;
      verdict = connection.handleDatagram(now, path, bytes, at, rest);
      at += rest;
      continue;
    }
    const slot = createSlot(total);
    for (let i = 0; i < total; i++) slot.buffer[slot.offset + i] = bytes[at + i];
    slot.length = total;
    verdict = connection.open(slot);
    if (verdict === Verdict.consumed) {
      onData(new TextDecoder().decode(slot.buffer.subarray(slot.offset, slot.offset + slot.length)));
    }
    at += total;
  }
  return verdict ?? connection.handleDatagram(now, path, bytes, offset, length);
}
