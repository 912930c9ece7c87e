/** key_share, RFC 8446 4.2.8, and cookie, 4.2.2. */
import { Cursor } from '@hawser/wire';
import { build, bytes16, readBytes, vector16 } from '../../handshake/messages/vectors.ts';

/** One side's public key in a group. */
export interface KeyShareEntry {
  readonly group: number;
  readonly publicKey: Uint8Array;
}

/** The client's: entries behind a 16-bit length; there may be none. */
export function writeClientShares(entries: readonly KeyShareEntry[]): Uint8Array {
  const bytes = entries.reduce((sum, entry) => sum + 4 + entry.publicKey.length, 2);
  return build(bytes, (writer) => {
    vector16(writer, () => {
      for (const entry of entries) {
        writer.u16(entry.group);
        bytes16(writer, entry.publicKey);
      }
    });
  });
}

/** A group that comes twice, or an empty key, is malformed. */
export function parseClientShares(data: Uint8Array): KeyShareEntry[] | undefined {
  const cursor = new Cursor().reset(data, 0, data.length);
  if (cursor.u16() !== cursor.remaining) return undefined;
  const entries: KeyShareEntry[] = [];
  while (cursor.remaining > 0) {
    const entry = readEntry(cursor);
    if (cursor.failed || entry.publicKey.length === 0) return undefined;
    if (entries.some(({ group }) => group === entry.group)) return undefined;
    entries.push(entry);
  }
  return cursor.failed ? undefined : entries;
}

/** The server's: one entry. */
export function writeServerShare(entry: KeyShareEntry): Uint8Array {
  return build(4 + entry.publicKey.length, (writer) => {
    writer.u16(entry.group);
    bytes16(writer, entry.publicKey);
  });
}

export function parseServerShare(data: Uint8Array): KeyShareEntry | undefined {
  const cursor = new Cursor().reset(data, 0, data.length);
  const entry = readEntry(cursor);
  return cursor.failed || cursor.remaining !== 0 || entry.publicKey.length === 0 ? undefined : entry;
}

/** HelloRetryRequest's: the group that is wanted. */
export function writeSelectedGroup(group: number): Uint8Array {
  return Uint8Array.of(group >>> 8, group);
}

export function parseSelectedGroup(data: Uint8Array): number | undefined {
  return data.length === 2 ? (data[0] << 8) | data[1] : undefined;
}

export function writeCookie(cookie: Uint8Array): Uint8Array {
  return build(2 + cookie.length, (writer) => bytes16(writer, cookie));
}

/** At least one byte. */
export function parseCookie(data: Uint8Array): Uint8Array | undefined {
  const cursor = new Cursor().reset(data, 0, data.length);
  const cookie = readBytes(cursor, cursor.u16());
  return cursor.failed || cursor.remaining !== 0 || cookie.length === 0 ? undefined : cookie;
}

function readEntry(cursor: Cursor): KeyShareEntry {
  const group = cursor.u16();
  return { group, publicKey: readBytes(cursor, cursor.u16()) };
}
