/** Certificate, RFC 5246 7.4.2: a 24-bit length, then certificates with a 24-bit length each, the sender's own first. */
import { Cursor } from '@hawser/wire';
import { build, readBytes } from './vectors.ts';

/** The body with one certificate. */
export function writeCertificateMessage(der: Uint8Array): Uint8Array {
  return build(6 + der.length, (writer) => {
    writer.u24(3 + der.length);
    writer.u24(der.length);
    writer.bytes(der, 0, der.length);
  });
}

/** The sender's own certificate, empty when there is none; the rest of the chain is checked for its lengths only. */
export function parseCertificateMessage(body: Uint8Array): Uint8Array | undefined {
  const cursor = new Cursor().reset(body, 0, body.length);
  if (cursor.u24() !== cursor.remaining) return undefined;
  let own: Uint8Array | undefined;
  while (cursor.remaining > 0) {
    const der = readBytes(cursor, cursor.u24());
    if (cursor.failed || der.length === 0) return undefined;
    own ??= der;
  }
  return cursor.failed ? undefined : (own ?? new Uint8Array(0));
}
