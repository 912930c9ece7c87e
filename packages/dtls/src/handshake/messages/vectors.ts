/** Variable-length vectors (RFC 5246 4.3), on `Cursor` and `Writer`. Shared by the message codecs. */
import { type Cursor, Writer } from '@hawser/wire';

/** Reads `length` bytes and copies them; empty when the cursor failed. */
export function readBytes(cursor: Cursor, length: number): Uint8Array {
  const at = cursor.take(length);
  return at < 0 ? new Uint8Array(0) : cursor.bytes.slice(at, at + length);
}

/** Reads `length` bytes as 16-bit numbers; an odd length fails the cursor. */
export function readU16List(cursor: Cursor, length: number): number[] {
  const list: number[] = [];
  if (length % 2 !== 0) cursor.skip(cursor.remaining + 1);
  for (let i = 0; i + 1 < length && !cursor.failed; i += 2) list.push(cursor.u16());
  return list;
}

/** Writes what `write` writes, with its length in two bytes before it. */
export function vector16(writer: Writer, write: () => void): void {
  const at = writer.reserve(2);
  write();
  writer.patchU16(at, writer.position - at - 2);
}

/** Writes 16-bit numbers with the length of the list, in bytes, in two bytes before them. */
export function u16List(writer: Writer, list: readonly number[]): void {
  writer.u16(2 * list.length);
  for (const value of list) writer.u16(value);
}

/** Writes `bytes` with their length in one byte before them. */
export function bytes8(writer: Writer, bytes: Uint8Array): void {
  writer.u8(bytes.length);
  writer.bytes(bytes, 0, bytes.length);
}

/** Writes `bytes` with their length in two bytes before them. */
export function bytes16(writer: Writer, bytes: Uint8Array): void {
  writer.u16(bytes.length);
  writer.bytes(bytes, 0, bytes.length);
}

/** The bytes that `write` writes, at most `capacity` of them. */
export function build(capacity: number, write: (writer: Writer) => void): Uint8Array {
  const buffer = new Uint8Array(capacity);
  const writer = new Writer().reset(buffer, 0, capacity);
  write(writer);
  return buffer.slice(0, Math.max(0, writer.finish()));
}
