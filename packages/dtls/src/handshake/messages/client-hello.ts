/**
 * ClientHello, RFC 6347 4.2.1: version (2), random (32), session_id (8-bit length), cookie (8-bit length), cipher_suites
 * (16-bit length), compression_methods (8-bit length), extensions.
 */
import { Cursor } from '@hawser/wire';
import { type Extension, readExtensions, writeExtensions } from './extensions.ts';
import { build, bytes8, readBytes, readU16List, u16List } from './vectors.ts';

export interface ClientHello {
  readonly version: number;
  /** 32 bytes */
  readonly random: Uint8Array;
  /** 0 to 32 bytes */
  readonly sessionId: Uint8Array;
  /** 0 to 255 bytes */
  readonly cookie: Uint8Array;
  /** At least one. */
  readonly cipherSuites: readonly number[];
  /** At least one. */
  readonly compressionMethods: Uint8Array;
  readonly extensions: readonly Extension[];
}

export function writeClientHello(hello: ClientHello): Uint8Array {
  let capacity = 2 + 32 + 1 + hello.sessionId.length + 1 + hello.cookie.length + 2 + 2 * hello.cipherSuites.length;
  capacity += 1 + hello.compressionMethods.length + 2;
  for (const extension of hello.extensions) capacity += 4 + extension.data.length;
  return build(capacity, (writer) => {
    writer.u16(hello.version);
    writer.bytes(hello.random, 0, 32);
    bytes8(writer, hello.sessionId);
    bytes8(writer, hello.cookie);
    u16List(writer, hello.cipherSuites);
    bytes8(writer, hello.compressionMethods);
    writeExtensions(writer, hello.extensions);
  });
}

export function parseClientHello(body: Uint8Array): ClientHello | undefined {
  const cursor = new Cursor().reset(body, 0, body.length);
  const version = cursor.u16();
  const random = readBytes(cursor, 32);
  const sessionId = readBytes(cursor, cursor.u8());
  const cookie = readBytes(cursor, cursor.u8());
  const cipherSuites = readU16List(cursor, cursor.u16());
  const compressionMethods = readBytes(cursor, cursor.u8());
  const extensions = readExtensions(cursor);
  const isWhole = !cursor.failed && cipherSuites.length > 0 && compressionMethods.length > 0 && sessionId.length <= 32;
  return isWhole ? { version, random, sessionId, cookie, cipherSuites, compressionMethods, extensions } : undefined;
}
