/** CertificateVerify, RFC 5246 7.4.8: signature algorithm (2), signature (16-bit length). */
import { Cursor } from '@hawser/wire';
import { build, bytes16, readBytes } from './vectors.ts';

export interface CertificateVerify {
  readonly signatureAlgorithm: number;
  readonly signature: Uint8Array;
}

export function writeCertificateVerify(message: CertificateVerify): Uint8Array {
  return build(4 + message.signature.length, (writer) => {
    writer.u16(message.signatureAlgorithm);
    bytes16(writer, message.signature);
  });
}

export function parseCertificateVerify(body: Uint8Array): CertificateVerify | undefined {
  const cursor = new Cursor().reset(body, 0, body.length);
  const signatureAlgorithm = cursor.u16();
  const signature = readBytes(cursor, cursor.u16());
  return cursor.failed || cursor.remaining !== 0 ? undefined : { signatureAlgorithm, signature };
}
