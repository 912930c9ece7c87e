/** HelloVerifyRequest, RFC 6347 4.2.1: server_version (2), cookie (8-bit length). The version means nothing. */
import { Cursor } from '@hawser/wire';
import { ProtocolVersion } from '../../record/record.ts';
import { build, bytes8, readBytes } from './vectors.ts';

/** The body; its version is DTLS 1.0 whatever will be negotiated, as the section asks. */
export function writeHelloVerifyRequest(cookie: Uint8Array): Uint8Array {
  return build(3 + cookie.length, (writer) => {
    writer.u16(ProtocolVersion.dtls10);
    bytes8(writer, cookie);
  });
}

/** The cookie. */
export function parseHelloVerifyRequest(body: Uint8Array): Uint8Array | undefined {
  const cursor = new Cursor().reset(body, 0, body.length);
  cursor.u16();
  const cookie = readBytes(cursor, cursor.u8());
  return cursor.failed || cursor.remaining !== 0 ? undefined : cookie;
}
