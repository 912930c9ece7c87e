/**
 * ServerHello, RFC 5246 7.4.1.3: version (2), random (32), session_id (8-bit length), cipher_suite (2),
 * compression_method (1), extensions.
 */
import { Cursor } from '@hawser/wire';
import { type Extension, readExtensions, writeExtensions } from './extensions.ts';
import { build, bytes8, readBytes } from './vectors.ts';

export interface ServerHello {
  readonly version: number;
  /** 32 bytes */
  readonly random: Uint8Array;
  /** 0 to 32 bytes */
  readonly sessionId: Uint8Array;
  readonly cipherSuite: number;
  readonly compressionMethod: number;
  readonly extensions: readonly Extension[];
}

export function writeServerHello(hello: ServerHello): Uint8Array {
  let capacity = 2 + 32 + 1 + hello.sessionId.length + 2 + 1 + 2;
  for (const extension of hello.extensions) capacity += 4 + extension.data.length;
  return build(capacity, (writer) => {
    writer.u16(hello.version);
    writer.bytes(hello.random, 0, 32);
    bytes8(writer, hello.sessionId);
    writer.u16(hello.cipherSuite);
    writer.u8(hello.compressionMethod);
    writeExtensions(writer, hello.extensions);
  });
}

export function parseServerHello(body: Uint8Array): ServerHello | undefined {
  const cursor = new Cursor().reset(body, 0, body.length);
  const version = cursor.u16();
  const random = readBytes(cursor, 32);
  const sessionId = readBytes(cursor, cursor.u8());
  const cipherSuite = cursor.u16();
  const compressionMethod = cursor.u8();
  const extensions = readExtensions(cursor);
  if (cursor.failed || sessionId.length > 32) return undefined;
  return { version, random, sessionId, cipherSuite, compressionMethod, extensions };
}
