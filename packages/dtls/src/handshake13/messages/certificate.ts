/**
 * Certificate, RFC 8446 4.4.2: certificate_request_context (8-bit length), then a list (24-bit length) of certificates
 * (24-bit length), each with extensions (16-bit length); the sender's own first.
 */
import { Cursor } from '@hawser/wire';
import { build, readBytes } from '../../handshake/messages/vectors.ts';

export interface Certificate13 {
  /** certificate_request_context; empty in the handshake. */
  readonly context: Uint8Array;
  /** The sender's own certificate, DER; empty when there is none. */
  readonly der: Uint8Array;
}

/** The body with one certificate, no context and no extensions. */
export function writeCertificate13(der: Uint8Array): Uint8Array {
  return build(9 + der.length, (writer) => {
    writer.u8(0);
    writer.u24(5 + der.length);
    writer.u24(der.length);
    writer.bytes(der, 0, der.length);
    writer.u16(0);
  });
}

/** The rest of the chain is checked for its lengths only, and so are extensions: we ask for none. */
export function parseCertificate13(body: Uint8Array): Certificate13 | undefined {
  const cursor = new Cursor().reset(body, 0, body.length);
  const context = readBytes(cursor, cursor.u8());
  if (cursor.u24() !== cursor.remaining) return undefined;
  let own: Uint8Array | undefined;
  while (cursor.remaining > 0) {
    const der = readBytes(cursor, cursor.u24());
    cursor.skip(cursor.u16());
    if (cursor.failed || der.length === 0) return undefined;
    own ??= der;
  }
  return cursor.failed ? undefined : { context, der: own ?? new Uint8Array(0) };
}
