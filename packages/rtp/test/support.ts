import { Writer } from '@hawser/wire';
import { RtcpReader } from '../src/index.ts';

/** The bytes of a hexadecimal literal of a test. */
export function hex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** What `write` writes. */
export function written(write: (writer: Writer) => void, capacity = 2000): Uint8Array {
  const buffer = new Uint8Array(capacity);
  const writer = new Writer().reset(buffer, 0, capacity);
  write(writer);
  const length = writer.finish();
  if (length < 0) throw new Error('the writer failed');
  return buffer.slice(0, length);
}

/** A reader that stands on the first packet of `bytes`. */
export function firstPacket(bytes: Uint8Array): RtcpReader {
  const reader = new RtcpReader();
  if (reader.reset(bytes, 0, bytes.length) !== 0 || !reader.next()) throw new Error('not an RTCP packet');
  return reader;
}
