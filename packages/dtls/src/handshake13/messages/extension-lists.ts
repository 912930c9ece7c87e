/**
 * Messages that are hardly more than a list of extensions: EncryptedExtensions (RFC 8446 4.3.1) is nothing else,
 * CertificateRequest (4.3.2) has a context (8-bit length) before it.
 */
import { Cursor } from '@hawser/wire';
import { type Extension, readExtensions } from '../../handshake/messages/extensions.ts';
import { build, bytes16, readBytes, vector16 } from '../../handshake/messages/vectors.ts';

export function writeEncryptedExtensions(extensions: readonly Extension[]): Uint8Array {
  const bytes = extensions.reduce((sum, extension) => sum + 4 + extension.data.length, 2);
  return build(bytes, (writer) => {
    vector16(writer, () => {
      for (const extension of extensions) {
        writer.u16(extension.type);
        bytes16(writer, extension.data);
      }
    });
  });
}

export function parseEncryptedExtensions(body: Uint8Array): readonly Extension[] | undefined {
  if (body.length < 2) return undefined; // the list may be empty, its length may not be left out
  const cursor = new Cursor().reset(body, 0, body.length);
  const extensions = readExtensions(cursor);
  return cursor.failed ? undefined : extensions;
}

export interface CertificateRequest13 {
  /** Empty in the handshake. */
  readonly context: Uint8Array;
  readonly extensions: readonly Extension[];
}

export function writeCertificateRequest13(extensions: readonly Extension[]): Uint8Array {
  const list = writeEncryptedExtensions(extensions);
  return build(1 + list.length, (writer) => {
    writer.u8(0);
    writer.bytes(list, 0, list.length);
  });
}

export function parseCertificateRequest13(body: Uint8Array): CertificateRequest13 | undefined {
  const cursor = new Cursor().reset(body, 0, body.length);
  const context = readBytes(cursor, cursor.u8());
  const rest = readBytes(cursor, cursor.remaining);
  const extensions = cursor.failed ? undefined : parseEncryptedExtensions(rest);
  return extensions === undefined ? undefined : { context, extensions };
}
