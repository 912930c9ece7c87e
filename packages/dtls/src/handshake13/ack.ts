/**
 * ACK, RFC 9147 7: the numbers of handshake records that arrived, behind a 16-bit length. A number is epoch and record
 * number, 8 bytes each.
 */
import { Cursor, Writer } from '@hawser/wire';

/** The name of a record: its epoch and its number in that epoch. */
export interface RecordName {
  readonly epoch: number;
  readonly number: number;
}

const NAME_LENGTH = 16;
/** Names of an ACK that are read; a flight has far fewer records. */
const MOST_NAMES = 1024;

/** Bytes of an ACK of `count` records. */
export function ackLength(count: number): number {
  return 2 + NAME_LENGTH * count;
}

/** Writes an ACK of `names`, in order, at `at`. */
export function writeAck(buffer: Uint8Array, at: number, names: readonly RecordName[]): void {
  const writer = new Writer().reset(buffer, at, ackLength(names.length));
  writer.u16(NAME_LENGTH * names.length);
  for (const { epoch, number } of names) {
    for (const value of [epoch, number]) {
      writer.u32(Math.floor(value / 0x1_0000_0000));
      writer.u32(value >>> 0);
    }
  }
}

/** The names; undefined when malformed. Numbers of 2^53 and above are not told apart: none of ours is as high. */
export function parseAck(bytes: Uint8Array, at: number, length: number): RecordName[] | undefined {
  const cursor = new Cursor().reset(bytes, at, length);
  const namesLength = cursor.u16();
  if (cursor.failed || namesLength !== cursor.remaining || namesLength % NAME_LENGTH !== 0) return undefined;
  const names: RecordName[] = [];
  while (cursor.remaining > 0 && names.length < MOST_NAMES) {
    const epoch = cursor.u32() * 0x1_0000_0000 + cursor.u32();
    names.push({ epoch, number: cursor.u32() * 0x1_0000_0000 + cursor.u32() });
  }
  return names;
}
